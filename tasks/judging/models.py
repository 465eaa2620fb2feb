"""The generators that are compared: what the training started from, the last release, and the new one."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tasks.core import manifest, params, shards
from tasks.core.errors import UserError, require
from tasks.styles.trained import BASES, FINETUNE, FOLDERS, STUDENT, folder

BASE, RELEASE, TUNED = "base", "release", "tuned"
CARD, GENERATOR = "card.json", "generator.onnx"
EVALUATION = "evaluate.parquet"  # of a release: what its faces scored when it was made


@dataclass(frozen=True)
class Model:
    """A generator as an ONNX file, and what it is in words."""

    name: str  # BASE, RELEASE or TUNED
    path: Path
    digest: str  # sha256 of the file
    words: str

    @property
    def place(self) -> str:
        """The folder's name under which what it draws and scores is kept."""
        return self.digest[:12]


def read_card(path: Path) -> dict[str, Any]:
    """What a training says of its model; raises UserError where there is none."""
    if not path.is_file():
        raise UserError(f"{path} is missing; `dvc repro finetune` makes it")
    card: dict[str, Any] = json.loads(path.read_text())
    return card


def taught_by_finetune(name: str, card: dict[str, Any]) -> bool:
    """Whether the model is a student whose teacher is the fine-tuned generator."""
    return name == STUDENT and card["params"]["teacher"] == FINETUNE


def lineage(name: str, release: Path | None, card: dict[str, Any]) -> list[dict[str, Any]]:
    """The cards of all trainings behind what is compared: of the model, of its teacher, of the last release."""
    taught = [read_card(FOLDERS[FINETUNE] / CARD)] if taught_by_finetune(name, card) else []
    released = [read_card(release / CARD)] if release and (release / CARD).is_file() else []
    return [card, *taught, *released]


@contextmanager
def compared(name: str, release: Path | None, card: dict[str, Any]) -> Iterator[dict[str, Model]]:
    """The models by name, in the order of their making; `name` is finetune or student, `card` its card.

    Raises UserError where the release is no folder with a generator.
    """
    made = folder(name, "evaluate.model") / GENERATOR
    with _base(name, card) as base:
        found = [base, *([_released(release)] if release else [])]
        found.append(Model(TUNED, made, shards.file_digest(made), str(made)))
        yield {model.name: model for model in found}


def _released(place: Path) -> Model:
    path = place / GENERATOR
    wanted = f"evaluate.release is {str(place)!r}, which holds no generator.onnx"
    require(path.is_file(), f"{wanted}; `selfie2anime promote NAME` makes a release in data/releases")
    return Model(RELEASE, path, shards.file_digest(path), f"the release {place.name}")


@contextmanager
def _base(name: str, card: dict[str, Any]) -> Iterator[Model]:
    """What the model is held against: the student of a fine-tuned one against that, others against what they began as.

    One that was trained from scratch is held against the base of its architecture.
    """
    if taught_by_finetune(name, card):
        teacher = FOLDERS[FINETUNE] / GENERATOR
        yield Model(BASE, teacher, shards.file_digest(teacher), f"{teacher}, its teacher")
        return
    from tasks.deploy.export import save_onnx  # torch: two seconds that reading this module shall not cost
    from tasks.nets import architectures

    weights = _origin(name, card)
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "base.onnx"
        save_onnx(architectures.load(architectures.recognised(weights), weights), path)
        yield Model(BASE, path, shards.file_digest(path), started_from(card["init"], weights))


def _origin(name: str, card: dict[str, Any]) -> Path:
    """The weights that training started from; the base of its architecture where these were random.

    The card tells a file by name and digest, params.yaml where it lies. UserError where that is another one by now.
    """
    init = card["init"]
    if init["name"] in ("base", "scratch"):
        return BASES[card["params"]["architecture"]]
    path = Path(params.read().get(name, {}).get("init", ""))
    same = path.is_file() and shards.file_digest(path) == init["digest"]
    trained = f"params.yaml: {name}.init is {str(path)!r}, and {name} was trained from {init['name']}"
    require(same, f"{trained} (sha256 {init['digest'][:16]}); name that file, or train anew")
    return path


def started_from(init: dict[str, Any], weights: Path) -> str:
    """The generator that training started from, in words; `init` is what the card says of it."""
    if init["name"] == "scratch":
        return f"{weights}, since the fine-tuned one was trained from random weights"
    return f"{weights if init['name'] == 'base' else init['name']} (sha256 {init['digest'][:16]})"


def former_faces(release: Path) -> frozenset[str] | None:
    """The faces that the release was judged on, by the evaluation that it keeps; None where it keeps none."""
    path = release / EVALUATION
    if not path.is_file():
        return None
    return frozenset(manifest.read(path, manifest.EVALUATE, ["face_id"])["face_id"].to_pylist())
