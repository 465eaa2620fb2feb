"""Does it work for everybody? The faces by slice, since a mean over all hides whom a model fails."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.faces.age import AGE_BANDS, UNKNOWN
from tasks.faces.skin import TONES
from tasks.judging.summary import SLICED, Column
from tasks.scores.interval import Interval, bootstrap

LEAST_FACES, LEAST_PEOPLE = 30, 10  # below either, a slice's figures say little about anybody else
_FRONTAL, _ASIDE = 10.0, 25.0  # degrees
_DARK, _BRIGHT = 40.0, 72.0  # L* of the skin
VALUES: Mapping[str, tuple[str, ...]] = {  # what a trait can be; a slice that is none of these is mistyped
    "glasses": ("none", "glasses", "sunglasses"),
    "gender": ("female", "male"),
    "age": AGE_BANDS,
    "pose": ("frontal", "slightly turned", "turned"),
    "light": ("dark", "medium", "bright"),
    "skin tone": TONES,
}


@dataclass(frozen=True, eq=False)
class Slice:
    """The faces (rows) that share a value of a trait, and what each model scored on them."""

    trait: str
    value: str
    rows: NDArray[np.int64]
    people: int
    scores: Mapping[str, Mapping[str, Interval]]  # model -> score of SLICED -> mean

    @property
    def name(self) -> str:
        """'glasses=sunglasses', as a gate names it."""
        return f"{self.trait}={self.value}"

    @property
    def small(self) -> bool:
        """Whether there are too few faces or people in it to trust its figures."""
        return small(len(self.rows), self.people)


def small(faces: int, people: int) -> bool:
    """Whether figures on so many faces of so many people say little of anybody else."""
    return faces < LEAST_FACES or people < LEAST_PEOPLE


def slices(
    traits: Mapping[str, Sequence[str]],
    columns: Mapping[str, Mapping[str, Column]],
    people: NDArray[np.str_],
) -> list[Slice]:
    """Every value of every trait but the unknown ones, by trait and value; the small ones too, which say so."""
    found = []
    for trait, values in traits.items():
        column = np.array(values)
        for value in sorted(set(values) - {UNKNOWN}):
            rows = np.flatnonzero(column == value)
            found.append(_slice(trait, value, rows, columns, people))
    return found


def pose(yaw: float, pitch: float) -> str:
    """How far the head of these angles (degrees) is turned: frontal, slightly turned, turned."""
    if np.isnan(yaw) or np.isnan(pitch):
        return UNKNOWN
    away = max(abs(yaw), abs(pitch))
    return "frontal" if away <= _FRONTAL else "slightly turned" if away <= _ASIDE else "turned"


def light(lightness: float) -> str:
    """How lit a face of this mean skin lightness (L*, 0..100) is: dark, medium or bright; skin itself counts too."""
    if np.isnan(lightness):
        return UNKNOWN
    return "dark" if lightness < _DARK else "bright" if lightness > _BRIGHT else "medium"


def _slice(
    trait: str,
    value: str,
    rows: NDArray[np.int64],
    columns: Mapping[str, Mapping[str, Column]],
    people: NDArray[np.str_],
) -> Slice:
    scores = {
        model: {name: bootstrap(found[name][rows], people[rows]) for name in SLICED if name in found}
        for model, found in columns.items()
    }
    return Slice(trait, value, rows, len(set(people[rows].tolist())), scores)
