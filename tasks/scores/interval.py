"""How sure is a mean? Bootstrap intervals over people, since two faces of one person are one opinion."""

from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import NDArray

ROUNDS = 2000
SEED = 20190117
LEVEL, NORMAL = 0.95, NormalDist()
LEAST = 5  # people, or faces, from which a bootstrap says anything


@dataclass(frozen=True)
class Interval:
    """A value with its 95 % interval over `n` faces of `people` people; NaN bounds where there are under 5 faces.

    `over` is what was drawn anew: people, or faces where there are under 5 people; such an interval speaks of these
    people only.
    """

    value: float
    low: float
    high: float
    n: int
    people: int
    over: Literal["people", "faces"] = "people"

    def among(self, scores: int) -> "Interval":
        """The interval where 95 % shall hold for so many scores at once: either bound further out, as a normal error's.

        Bonferroni's correction; Dunn: "Multiple Comparisons Among Means" (JASA 1961).
        """
        further = NORMAL.inv_cdf(1 - (1 - LEVEL) / 2 / scores) / NORMAL.inv_cdf((1 + LEVEL) / 2)
        low, high = (self.value + further * (bound - self.value) for bound in (self.low, self.high))
        return replace(self, low=low, high=high)


def bootstrap(values: NDArray[np.float64], people: NDArray[np.str_]) -> Interval:
    """The mean of the values and its 95 % percentile interval, whole people drawn with replacement; NaNs are left out.

    Efron, Tibshirani: "An Introduction to the Bootstrap" (1993), chapter 13; clusters as in Davison, Hinkley:
    "Bootstrap Methods and their Application" (1997), section 3.8. The seed is fixed: same values, same interval.
    """
    known = ~np.isnan(values)
    values, people = values[known], people[known]
    count = len(set(people.tolist()))
    mean = float(values.mean()) if len(values) else float("nan")
    if len(values) < LEAST:
        return Interval(mean, float("nan"), float("nan"), len(values), count)
    low, high = _percentiles(values, opinions(people))
    return Interval(mean, low, high, len(values), count, "faces" if count < LEAST else "people")


def opinions(people: NDArray[np.str_]) -> NDArray[np.int64]:
    """What is drawn anew, or left out, as one: a number for each face's person; for each face under 5 people."""
    names, group = np.unique(people, return_inverse=True)
    return np.arange(len(people)) if len(names) < LEAST else np.asarray(group, np.int64)


def _percentiles(values: NDArray[np.float64], group: NDArray[np.int64]) -> tuple[float, float]:
    sums, counts = np.bincount(group, values), np.bincount(group)
    drawn = np.random.default_rng(SEED).integers(len(counts), size=(ROUNDS, len(counts)))
    low, high = np.percentile(sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1), [2.5, 97.5])
    return float(low), float(high)
