"""Rules that rows of a table are held against, vectorised: the first one that a row breaks names its reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Rule:
    """A reason, the n values that it looks at, and the lowest and highest that pass. NaN, not measured, passes."""

    reason: str
    value: Floats
    low: float | Floats = -np.inf
    high: float | Floats = np.inf
    group: str = ""  # of rows that it holds for; "": for all


@dataclass(frozen=True, eq=False)
class Verdicts:
    """For n rows the rule that each broke, as a number of `reasons` (-1: none), what was measured, and the limit."""

    reasons: tuple[str, ...]
    code: NDArray[np.int16]
    value: Floats
    limit: Floats

    @property
    def broken(self) -> Flags:
        """Which rows broke a rule."""
        return self.code >= 0

    def at(self, rows: NDArray[np.int64]) -> "Verdicts":
        """The verdicts of some rows, by number; -1 is a row that broke nothing."""
        if not len(self.code):
            return passed(len(rows))
        taken = Verdicts(self.reasons, self.code[rows], self.value[rows], self.limit[rows])
        return taken.unless(rows < 0)

    def unless(self, excused: Flags) -> "Verdicts":
        """The verdicts without those of excused rows."""
        off = [np.where(excused, np.nan, column) for column in (self.value, self.limit)]
        return Verdicts(self.reasons, np.where(excused, np.int16(-1), self.code), *off)

    def otherwise(self, later: "Verdicts") -> "Verdicts":
        """These verdicts, and the later ones for rows that have broken nothing so far."""
        ours = self.broken
        shifted = np.where(later.broken, later.code + np.int16(len(self.reasons)), np.int16(-1))
        code = np.where(ours, self.code, shifted).astype(np.int16)
        value, limit = np.where(ours, self.value, later.value), np.where(ours, self.limit, later.limit)
        return Verdicts(self.reasons + later.reasons, code, value, limit)

    def named(self) -> pa.Array:
        """The reasons as text, null where none."""
        return pa.DictionaryArray.from_arrays(pa.array(self.code, mask=~self.broken), list(self.reasons)).cast("string")


def passed(count: int) -> Verdicts:
    """As many rows that broke nothing."""
    return Verdicts((), np.full(count, -1, np.int16), np.full(count, np.nan), np.full(count, np.nan))


def first_broken(rules: Sequence[Rule], groups: Mapping[str, Flags]) -> Verdicts:
    """The first rule in order that each row breaks; `groups` tell which rows a rule's group has."""
    found = passed(len(rules[0].value))
    code, value, limit = found.code, found.value, found.limit
    for number, rule in enumerate(rules):
        low = rule.value < rule.low
        broken = (low | (rule.value > rule.high)) & (code < 0)
        if rule.group:
            broken &= groups[rule.group]
        rows = np.flatnonzero(broken)
        code[rows], value[rows] = number, rule.value[rows]
        limit[rows] = np.where(low, rule.low, rule.high)[rows] if len(rows) else 0
    return Verdicts(tuple(rule.reason for rule in rules), code, value, limit)
