"""One vector per face in which nearness is agreement: pose, hair, expression, gender, appearance, clothes.

The inner product of a photo's vector and a drawing's is the weighted mean of their agreements, each 0 (opposite) to 1
(equal) and 1/2 where one of the two is unknown. Numbers agree by the raised cosine of their difference, an inner
product of points on a circle, and triples of them by its product; names agree when they are equal. Coordinates are
whole numbers, few and small enough that float32 sums their products without rounding: the same scores from every BLAS,
with any number of threads, in any block.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

UNKNOWN = "unknown"
WEIGHTS = {  # what decides first weighs most
    "pose": 0.3,
    "hair colour": 0.2,
    "expression": 0.15,
    "gender": 0.15,
    "appearance": 0.1,
    "clothes colour": 0.1,
}
TURNS = (90.0, 90.0, 180.0)  # degrees of yaw, pitch and roll at which agreement is 0: alignment has taken most roll
SHADES = (100.0, 100.0, 100.0)  # the same of Lab
GREY = (50.0, 0.0, 0.0)  # the middle of Lab
SCALE = 3000  # whole numbers to 1; a sum of products stays below 1.1 SCALE^2 < 2^24, where float32 starts to round

Numbers = NDArray[np.float64]
Vectors = NDArray[np.float32]
Parts = dict[str, Numbers]  # name of an agreement -> n x d


@dataclass(frozen=True)
class Traits:
    """What is compared, for n faces; nan and "unknown" where nothing is told.

    turn: n x 3 degrees. colours: n x 9 Lab of hair, face and clothes. looks: n x d of the face encoder, any length.
    names: attribute -> n words.
    """

    turn: Numbers
    colours: Numbers
    looks: Vectors
    names: dict[str, list[str]]


def photo_parts(photos: Traits, drawings: Traits) -> Parts:
    """The photos' coordinates, part by part; the drawings tell which names there are."""
    told = known(photos)
    return {name: _asks(values, told[name]) for name, values in _features(photos, drawings).items()}


def drawing_parts(photos: Traits, drawings: Traits) -> Parts:
    """The drawings' coordinates, the counterpart of `photo_parts`."""
    told = known(drawings)
    return {name: _answers(values, told[name]) for name, values in _features(drawings, photos).items()}


def compose(parts: Parts) -> Vectors:
    """Whole numbers as float32, n x d; photo @ drawing is the score times SCALE^2, exactly."""
    weighted = [np.sqrt(weight) * parts[name] for name, weight in WEIGHTS.items()]
    return np.round(np.hstack(weighted) * SCALE).astype(np.float32)


def agreement(photos: Parts, drawings: Parts, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> Parts:
    """The agreements, 0..1, of the pairs (rows[k], columns[k]): part -> one number per pair."""
    return {name: (photos[name][rows] * drawings[name][columns]).sum(axis=1) for name in WEIGHTS}


def known(faces: Traits) -> dict[str, NDArray[np.bool_]]:
    """Part -> whether anything is told of it, for n faces."""
    names = {name: np.array(words, str) != UNKNOWN for name, words in faces.names.items()}
    return names | {
        "pose": np.isfinite(faces.turn).all(axis=1),
        "hair colour": np.isfinite(faces.colours[:, :3]).all(axis=1),
        "clothes colour": np.isfinite(faces.colours[:, 6:]).all(axis=1),
        "appearance": faces.looks.any(axis=1),
    }


def _features(faces: Traits, others: Traits) -> Parts:
    """Rows of length one whose inner product is the agreement, zeros where nothing is told."""
    length = np.linalg.norm(faces.looks, axis=1, keepdims=True)
    return {
        "pose": _agree(faces.turn, TURNS),
        "hair colour": _agree(faces.colours[:, :3] - GREY, SHADES),
        "clothes colour": _agree(faces.colours[:, 6:] - GREY, SHADES),
        "appearance": _halved(faces.looks / np.maximum(length, 1e-12)),
        **{name: _one_hot(words, others.names[name]) for name, words in faces.names.items()},
    }


def _agree(values: Numbers, opposite: tuple[float, ...]) -> Numbers:
    """The tensor product of a point on a circle per column: the agreement is the product of raised cosines."""
    turn = np.pi * np.clip(values / opposite, -0.5, 0.5)
    first, second, third = (_halved(np.stack([np.cos(angle), np.sin(angle)], axis=1)) for angle in turn.T)
    return np.asarray(np.nan_to_num(np.einsum("ni,nj,nk->nijk", first, second, third).reshape(len(values), -1)))


def _halved(points: Numbers) -> Numbers:
    """Points of length one such that an inner product of -1..1 becomes 0..1."""
    return np.asarray(np.hstack([np.ones((len(points), 1)), points]) / np.sqrt(2))


def _one_hot(words: list[str], others: list[str]) -> Numbers:
    vocabulary = np.array(sorted({*words, *others} - {UNKNOWN}), str)
    return np.asarray(np.array(words, str)[:, None] == vocabulary[None], np.float64)


def _asks(features: Numbers, told: NDArray[np.bool_]) -> Numbers:
    """A photo's features, and two places that make 1/2 with those of `_answers` where either side tells nothing."""
    return np.hstack([features * told[:, None], np.full((len(told), 1), 0.5), 0.5 * ~told[:, None]])


def _answers(features: Numbers, told: NDArray[np.bool_]) -> Numbers:
    return np.hstack([features * told[:, None], ~told[:, None], told[:, None]])
