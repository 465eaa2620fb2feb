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
