"""A small project with candidate pairs and doubtful labels, for tests of reviewing."""

from pathlib import Path
from typing import Any

import numpy as np

from tasks.core import manifest
from tests.labelling.faces import aligned, shard

PHOTOS, DRAWINGS = 4, 2


def face(number: int) -> str:
    return f"{number:016x}-0"


def pair_of(photo: int, anime: int) -> str:
    return f"{face(photo)}/{face(100 + anime)}"


def candidate(photo: int, anime: int, **more: Any) -> dict[str, Any]:
    """A row of PAIR; photos later in the collection match less well."""
    row: dict[str, Any] = dict.fromkeys(manifest.PAIR.names)
    return row | {
        "pair_id": f"{photo:08x}{anime:08x}",
        "photo": face(photo),
        "anime": face(100 + anime),
        "person": face(photo),
        "method": "match",
        "score": 0.9 - photo / 1e4,
        "rank": 1 + anime,
        "status": "candidate",
        "split": "train",
        "reasons": "hair colour 0.97, same gender; pose differs",
        **more,
    }


def labelled(number: int, role: str = "photo") -> dict[str, Any]:
    """A row of LABEL in which only the hair is told."""
    row: dict[str, Any] = dict.fromkeys(manifest.LABEL.names)
    for name in manifest.ATTRIBUTES:
        row |= {name: "unknown", f"{name}_score": 0.0, f"{name}_origin": ""}
    hair = {"hair": "brown", "hair_score": 0.5 + number / 1e4, "hair_origin": "rule:hair@1"}
    return row | hair | {"face_id": face(number), "role": role}


def collection(folder: Path, photos: int = PHOTOS, drawings: int = DRAWINGS) -> None:
    """data/align, data/label.parquet and data/pair.parquet under the folder: every photo with every drawing."""
    drawn = range(100, 100 + drawings)
    rows = [aligned(number) for number in range(photos)] + [aligned(number, "anime") for number in drawn]
    shard(folder, "first", rows)
    labels = [labelled(number) for number in range(photos)] + [labelled(number, "anime") for number in drawn]
    manifest.write_rows(labels, folder / "data/label.parquet", manifest.LABEL)
    score = np.linspace(0.9, 0.1, photos)  # one band each where there are few: one order for all reviewers
    pairs = [candidate(n, anime, score=float(score[n])) for n in range(photos) for anime in range(drawings)]
    manifest.write_rows(pairs, folder / "data/pair.parquet", manifest.PAIR)
