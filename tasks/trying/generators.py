"""The generators at hand, by the words that a person would use for them."""

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tasks.styles.trained import BASES, FINETUNE, FOLDERS, STUDENT

FULL, EIGHT_BITS = "generator.onnx", "generator.int8.onnx"
RELEASES = Path("data/releases")
WORDS = {FINETUNE: "Fine-tuned", STUDENT: "Student, the fast one"}
SHIPPED = {"animeganv2": "Base, as shipped", "student": "Student, as shipped"}


@dataclass(frozen=True)
class Generator:
    """A generator's name in words, and its file: ONNX, or the weights of a shipped one."""

    words: str
    path: Path

    @property
    def controls(self) -> Mapping[str, tuple[str, ...]]:
        """The words that it can be asked for, by control, as its card tells; empty for one that is not controlled."""
        card = self.path.with_name("card.json")
        told = json.loads(card.read_text()).get("vocabulary") if card.is_file() else None
        return {control: tuple(words) for control, words in told or ()}


def at_hand(root: Path = Path()) -> list[Generator]:
    """Every generator of the project, the ones trained here first; releases from the newest name to the oldest."""
    trained = [(WORDS[name], root / folder) for name, folder in FOLDERS.items()]
    releases = [(f"Release {folder.name}", folder) for folder in sorted((root / RELEASES).glob("*/"), reverse=True)]
    forms = [form for words, folder in [*trained, *releases] for form in _forms(words, folder)]
    shipped = [Generator(SHIPPED[name], root / path) for name, path in BASES.items() if (root / path).is_file()]
    return forms + shipped


def _forms(words: str, folder: Path) -> Iterator[Generator]:
    for name, form in ((FULL, ""), (EIGHT_BITS, ", eight bits")):
        if (folder / name).is_file():
            yield Generator(words + form, folder / name)


def runnable(path: Path, folder: Path) -> Path:
    """The generator as ONNX: itself, or the shipped weights written into `folder` once, with the weights beside."""
    if path.suffix == ".onnx":
        return path
    written = folder / path.stem / FULL
    if not written.is_file():
        from tasks.deploy import export  # torch: two seconds for those who ask for a shipped one
        from tasks.nets import architectures

        written.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, written.with_suffix(".safetensors"))
        export.save_onnx(architectures.load(architectures.recognised(path), path), written)
    return written
