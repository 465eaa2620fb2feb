"""Match photos with drawings: near in pose, colour and looks, and no drawing used twice.

The score is a weighted mean of agreements, each 0..1, so that a person can read why two faces were put together.
Assignment is the linear sum assignment of Jonker and Volgenant (1987) in SciPy's form (Crouse, 2016).
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from tasks.core.image import Image

WEIGHTS = {"pose": 0.3, "colour": 0.3, "looks": 0.4}
ANGLE, SHADE = 25.0, 30.0  # degrees and Lab units at which an agreement has fallen to 1/e
ATTRIBUTES_WEIGHT = 0.1  # taken off for each attribute that both faces know and that differs

Scores = NDArray[np.float64]


@dataclass(frozen=True)
class Traits:
    """What is compared, for n faces: turn n x 3 degrees, colours n x 9 Lab, attributes of n names each."""

    turn: Scores
    colours: Scores
    attributes: dict[str, list[str]]


@dataclass(frozen=True)
class Match:
    """Row of the photo, row of the drawing, score 0..1 and the agreements it is made of, in words."""

    photo: int
    anime: int
    score: float
    reasons: str


def matches(photos: Traits, drawings: Traits, looks: Scores, least: float) -> list[Match]:
    """The best one-to-one assignment of photos to drawings with a score of `least` or more; looks is n x m, 0..1."""
    parts = {
        "pose": np.exp(-_gap(photos.turn, drawings.turn) / ANGLE),
        "colour": np.exp(-_gap(photos.colours, drawings.colours) / SHADE),
        "looks": np.clip(looks, 0, 1),
    }
    different = _different(photos, drawings)
    score = sum(weight * parts[name] for name, weight in WEIGHTS.items()) - ATTRIBUTES_WEIGHT * different
    pairs = zip(*linear_sum_assignment(score, maximize=True), strict=True)
    return [
        Match(int(i), int(j), float(score[i, j]), _words(parts, int(different[i, j]), int(i), int(j)))
        for i, j in pairs
        if score[i, j] >= least
    ]


def colours(crop: Image) -> list[float]:
    """Mean Lab of hair, face and clothes of an aligned crop: three regions of fixed place, nine numbers."""
    size = crop.shape[0]
    lab = np.asarray(cv2.cvtColor(crop.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float64)
    hair, face, clothes = (
        lab[: size // 6],
        lab[size * 2 // 5 : size * 2 // 3, size // 3 : size * 2 // 3],
        lab[-size // 8 :],
    )
    return [float(value) for region in (hair, face, clothes) for value in region.mean(axis=(0, 1))]


def _gap(a: Scores, b: Scores) -> Scores:
    """Mean absolute difference of every row of a and every row of b."""
    return np.asarray(np.abs(a[:, None] - b[None]).mean(axis=2))


def _different(photos: Traits, drawings: Traits) -> NDArray[np.int64]:
    """How many attributes both faces of a pair know and disagree about."""
    count = np.zeros((len(photos.turn), len(drawings.turn)), np.int64)
    for name, values in photos.attributes.items():
        a, b = np.array(values), np.array(drawings.attributes[name])
        known = (a != "unknown")[:, None] & (b != "unknown")[None]
        count += known & (a[:, None] != b[None])
    return count


def _words(parts: dict[str, Scores], different: int, i: int, j: int) -> str:
    agreements = [f"{name} {values[i, j]:.2f}" for name, values in parts.items()]
    return ", ".join([*agreements, f"{different} attributes differ"] if different else agreements)
