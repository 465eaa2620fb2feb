"""The generators that training starts from, by architecture, and those it leaves behind, by the name of their stage."""

from pathlib import Path

from tasks.core.errors import UserError, nearest

FINETUNE, STUDENT = "finetune", "student"
BASES = {"animeganv2": Path("data/models/base.safetensors"), "student": Path("data/models/student.safetensors")}
FOLDERS = {name: Path("data") / name for name in (FINETUNE, STUDENT)}


def folder(name: str, asked: str) -> Path:
    """Where the named generator, its card and its history lie; `asked` is the setting that names it, for the error."""
    if name not in FOLDERS:
        raise UserError(f"{asked} is {name!r}; {nearest(name, list(FOLDERS))}")
    return FOLDERS[name]


def generator(name: str, asked: str, eight_bits: bool = False) -> Path:
    """The named generator's ONNX file: with `eight_bits` the INT8 one, where there is one that passed its gate."""
    small = folder(name, asked) / "generator.int8.onnx"
    return small if eight_bits and small.is_file() else folder(name, asked) / "generator.onnx"
