"""How sure is a mean? Bootstrap intervals whose unit is the person, since two faces of one person are one opinion."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ROUNDS = 2000
SEED = 20190117


@dataclass(frozen=True)
class Interval:
    """A value with its 95 % interval over `n` faces of `people` people; NaN bounds where they are too few."""

    value: float
    low: float
    high: float
    n: int
    people: int


def bootstrap(values: NDArray[np.float64], people: NDArray[np.str_]) -> Interval:
    """The mean of the values and its 95 % percentile interval, whole people drawn with replacement; NaNs are left out.

    Efron, Tibshirani: "An Introduction to the Bootstrap" (1993), chapter 13; clusters as in Davison, Hinkley:
    "Bootstrap Methods and their Application" (1997), section 3.8. The seed is fixed: same values, same interval.
    """
    known = ~np.isnan(values)
    values, people = values[known], people[known]
    if not len(values):
        return Interval(float("nan"), float("nan"), float("nan"), 0, 0)
    _, person = np.unique(people, return_inverse=True)
    sums, counts = np.bincount(person, values), np.bincount(person)
    if len(counts) < 2:
        return Interval(float(values.mean()), float("nan"), float("nan"), len(values), len(counts))
    drawn = np.random.default_rng(SEED).integers(len(counts), size=(ROUNDS, len(counts)))
    means = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return Interval(float(values.mean()), float(low), float(high), len(values), len(counts))
