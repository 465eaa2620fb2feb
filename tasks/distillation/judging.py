"""How well a distilled net stands in for its teacher, on people that neither of them was trained on here."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from tasks.distillation.embedding import Embeddings, arc_of, targets
from tasks.distillation.learning import to_faces
from tasks.distillation.morphs import AlignedFace
from tasks.faces.backend import open_encoder
from tasks.faces.landmarks import five
from tasks.nets.identity import IdentityNet

Finder = Callable[[Path], list[AlignedFace]]
Scores = dict[str, float]


def judge(
    net: IdentityNet, mean: Embeddings, find: Finder, people: Path | None, pairs: Path | None
) -> dict[str, Scores]:
    """Scores on a folder of people (one folder each) and on a CSV of pairs (file_x, file_y, Decision Yes or No)."""
    scores = {}
    if people:
        folders = {path: path.parent.name for path in sorted(people.rglob("*.jpg"))}
        scores["people"] = _on_people(net, mean, find, folders)
    if pairs:
        scores["pairs"] = _on_pairs(net, mean, find, pairs)
    return scores


def _on_people(net: IdentityNet, mean: Embeddings, find: Finder, folders: dict[Path, str]) -> Scores:
    seen = {path: found[0] for path in folders if (found := find(path))}
    names = np.array([folders[path] for path in seen])
    ours, teachers = _similarities(net, mean, list(seen.values()))
    upper = np.triu_indices(len(names), 1)
    same = (names[:, None] == names[None])[upper]
    return {"faces": float(len(seen)), **compare(ours[upper], teachers[upper], same)}


def _on_pairs(net: IdentityNet, mean: Embeddings, find: Finder, pairs: Path) -> Scores:
    """A picture without a face loses its pairs: they are counted, not guessed."""
    table = pd.read_csv(pairs)
    names = sorted({*table["file_x"], *table["file_y"]})
    seen = {name: found[0] for name in names if (found := find(pairs.parent / name))}
    both = table[table["file_x"].isin(list(seen)) & table["file_y"].isin(list(seen))]
    place = {name: i for i, name in enumerate(seen)}
    ours, teachers = _similarities(net, mean, list(seen.values()))
    at = (both["file_x"].map(place).to_numpy(), both["file_y"].map(place).to_numpy())
    same = (both["Decision"] == "Yes").to_numpy()
    return {"pairs": float(len(both)), "unseen": float(len(table) - len(both)), **compare(ours[at], teachers[at], same)}


def _similarities(
    net: IdentityNet, mean: Embeddings, faces: list[AlignedFace]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The net's and the teacher's cosines (n x n), the teacher's less its mean."""
    encoder = open_encoder("dlib")
    raw = np.stack([encoder.embed(face.canvas, five(face.landmarks)) for face in faces])
    teachers = targets(raw, mean)
    with torch.no_grad():
        ours = net(to_faces([arc_of(face.canvas) for face in faces])).numpy()
    return ours @ ours.T, teachers @ teachers.T


def compare(ours: NDArray[np.float32], teachers: NDArray[np.float32], same: NDArray[np.bool_]) -> Scores:
    """Correlation of the two similarities, the accuracy of each at its best threshold, and our area under the ROC."""
    scores = {
        "correlation": float(np.corrcoef(ours, teachers)[0, 1]),
        "accuracy": best_accuracy(ours, same),
        "teacher_accuracy": best_accuracy(teachers, same),
        "always_no": float(np.mean(~same)),
        "auc": float(np.mean(ours[same][:, None] > ours[~same][None])),
        "teacher_auc": float(np.mean(teachers[same][:, None] > teachers[~same][None])),
    }
    return {name: round(value, 4) for name, value in scores.items()}


def best_accuracy(similarities: NDArray[np.float32], same: NDArray[np.bool_]) -> float:
    """Share of pairs told right at the threshold that tells most of them right."""
    order = np.argsort(-similarities, kind="stable")
    hits = np.concatenate([[0], np.cumsum(same[order])])  # told the same, and are
    misses = np.sum(~same) - np.concatenate([[0], np.cumsum(~same[order])])
    return float(np.max(hits + misses) / len(same))
