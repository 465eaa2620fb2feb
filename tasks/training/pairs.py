"""Which photos and drawings a training may see: choices from the pair manifest, by split."""

from dataclasses import dataclass, replace
from typing import Any

from tasks.core.splits import kept_back

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pair:
    """A photo's face and its drawing: another face, or a teacher's picture where `drawing` is None."""

    pair_id: str
    photo: str
    drawing: str | None
    aligned: bool  # pixel by pixel comparable
    teacher: str


def accepted(rows: list[Row], split: str) -> list[Pair]:
    """The pairs of the split that were accepted."""
    chosen = [row for row in rows if row["status"] == "accepted" and row["split"] == split]
    return [
        Pair(row["pair_id"], row["photo"], row["anime"] or None, row["method"] != "match", row["teacher"] or "")
        for row in chosen
    ]


def photos(rows: list[Row], split: str) -> list[Pair]:
    """The split's photos, each once and without a drawing: what a recipe without pairs draws."""
    found = sorted({row["photo"] for row in rows if row["split"] == split})
    return [Pair(photo, photo, None, False, "") for photo in found]


def lessons(rows: list[Row], split: str) -> list[Pair]:
    """The split's photos, each once with its teacher's drawing."""
    return [replace(pair, aligned=True) for pair in photos(rows, split)]


def drawings(rows: list[Row], faces: list[str], split: str) -> list[str]:
    """Those of the drawn faces that the split may show where photos and drawings are not paired.

    Not the ones that accepted pairs show to other splits alone; nor, to training, those that are kept back to judge by.
    """
    shown = [row for row in rows if row["status"] == "accepted" and row["anime"]]
    others = {row["anime"] for row in shown if row["split"] != split}
    own = {row["anime"] for row in shown if row["split"] == split}
    back = {face for face in faces if kept_back(face)} if split == "train" else set()
    return sorted(set(faces) - (others - own) - back)
