"""Does it work for everybody? The faces by group, since a mean over all hides whom a model fails."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEAST = 5  # faces of a group that is shown, and groups of that size must be two or more
UNKNOWN = "unknown"
_AGES = ((18, "under 18"), (30, "18 to 29"), (50, "30 to 49"), (1000, "50 and over"))


@dataclass(frozen=True, eq=False)
class Group:
    """The faces (rows) that share a value of a trait."""

    trait: str
    value: str
    rows: NDArray[np.int64]


def groups(traits: Mapping[str, Sequence[str]]) -> list[Group]:
    """Every group of five faces or more, by trait and value; a trait with fewer than two such groups is left out."""
    found = []
    for trait, values in traits.items():
        column = np.array(values)
        parts = [Group(trait, str(v), np.flatnonzero(column == v)) for v in np.unique(column) if v != UNKNOWN]
        large = [group for group in parts if len(group.rows) >= LEAST]
        found += large if len(large) > 1 else []
    return found


def age_band(age: str) -> str:
    """A label's age in years as a band; what is no number is unknown."""
    if not age.isdecimal():
        return UNKNOWN
    return next(name for bound, name in _AGES if int(age) < bound)
