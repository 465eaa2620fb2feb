"""What a model must reach before it is released: limits on scores, on slices, and against another model."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from tasks.core.errors import nearest, require
from tasks.judging.slices import VALUES, Slice, small
from tasks.judging.summary import BY_NAME, SLICED
from tasks.scores.interval import Interval

RIVALS = ("base", "release")
EVERY = "*"

# pass, fail; few: the slice is too small to decide; unmeasured: nothing to hold against the limit; absent: no face is
# in the slice, or there is no release yet.
Outcome = Literal["pass", "fail", "few", "unmeasured", "absent"]
STOPS = ("fail", "unmeasured")


@dataclass(frozen=True)
class Limit:
    """One line of `evaluate.gate`: the least or the most that a mean may be, or a difference to another model's."""

    score: str
    min: float | None = None
    max: float | None = None
    slice: str = ""  # empty: all faces; glasses=sunglasses: that slice; glasses: each of them; *: every slice
    than: str = ""  # base | release: the paired difference to that model, face by face

    def __post_init__(self) -> None:
        line = f"evaluate.gate: {self.score}"
        require(self.score in BY_NAME, f"evaluate.gate names {self.score!r}; {nearest(self.score, list(BY_NAME))}")
        require(self.min is not None or self.max is not None, f"{line} has no limit; give min, max or both")
        require(self.than in ("", *RIVALS), f"{line}.than is {self.than!r}; use {' or '.join(RIVALS)}")
        upside_down = self.min is not None and self.max is not None and self.min > self.max
        require(not upside_down, f"{line} wants {self.words}; nothing is both")
        require(not (self.slice and self.than), f"{line} has both slice and than; write two lines")
        _check_slice(line, self.slice)
        measured = not self.slice or self.score in SLICED
        require(measured, f"{line} is not measured by slice; these are: {', '.join(SLICED)}")

    @property
    def words(self) -> str:
        """'at least 0.8', 'at most 0.03', 'from 0.1 to 0.2'."""
        if self.min is not None and self.max is not None:
            return f"from {self.min:g} to {self.max:g}"
        return f"at least {self.min:g}" if self.min is not None else f"at most {self.max:g}"


@dataclass(frozen=True)
class Finding:
    """A limit, what was measured against it, and what follows."""

    score: str
    limit: str  # in words
    slice: str  # empty: all faces
    than: str  # empty: the value itself
    value: float
    low: float  # of the 95 % interval
    high: float
    n: int
    people: int
    outcome: Outcome
    close: bool  # whether the interval reaches over the limit, so that other faces may turn the outcome


@dataclass(frozen=True)
class Gate:
    """Every finding, and on how many faces of how many people they rest."""

    findings: tuple[Finding, ...]
    faces: int
    people: int

    @property
    def verdict(self) -> Literal["pass", "fail", "none"]:
        """Pass where no finding stops the model, none where no limit is set."""
        if not self.findings:
            return "none"
        return "fail" if any(finding.outcome in STOPS for finding in self.findings) else "pass"

    @property
    def few(self) -> bool:
        """Whether there are too few faces or people to release a model by."""
        return small(self.faces, self.people)

    def as_json(self) -> dict[str, Any]:
        """What reports/gate.json holds: plain numbers, four digits, null where nothing was measured."""
        held = [_plain(finding) for finding in self.findings]
        return {"verdict": self.verdict, "few": self.few, "faces": self.faces, "people": self.people, "findings": held}


def gate(
    limits: Iterable[Limit],
    summary: Mapping[str, Interval],
    changes: Mapping[str, Mapping[str, Interval]],
    slices: Sequence[Slice],
    model: str,
    people: Sequence[str],
) -> Gate:
    """The model's means, its changes against other models and its slices, held against every limit.

    `people` are those of each face that was judged.
    """
    held = tuple(found for limit in limits for found in _findings(limit, summary, changes, slices, model))
    return Gate(held, len(people), len(set(people)))


def _check_slice(line: str, named: str) -> None:
    trait, _, value = named.partition("=")
    if named in ("", EVERY):
        return
    require(trait in VALUES, f"{line}.slice is {named!r}; {nearest(trait, [EVERY, *VALUES])}")
    known = [f"{trait}={word}" for word in VALUES[trait]]
    require(not value or value in VALUES[trait], f"{line}.slice is {named!r}; {nearest(named, known)}")


def _findings(
    limit: Limit,
    summary: Mapping[str, Interval],
    changes: Mapping[str, Mapping[str, Interval]],
    slices: Sequence[Slice],
    model: str,
) -> Iterator[Finding]:
    if limit.slice:
        named = [s for s in slices if limit.slice in (EVERY, s.trait, s.name)]
        for part in named:
            yield _held(limit, part.scores[model][limit.score], part.name)
        if not named:
            yield _held(limit, None, limit.slice)
    elif limit.than:
        yield _held(limit, changes[limit.than].get(limit.score) if limit.than in changes else None)
    else:
        yield _held(limit, summary.get(limit.score, _UNMEASURED))


_UNMEASURED = Interval(float("nan"), float("nan"), float("nan"), 0, 0)


def _held(limit: Limit, found: Interval | None, part: str = "") -> Finding:
    value = found or _UNMEASURED
    outcome: Outcome = "absent" if found is None else _outcome(limit, value, bool(part))
    near = outcome in ("pass", "fail") and _reaches_over(limit, value)
    return Finding(limit.score, limit.words, part, limit.than, value.value, value.low, value.high, value.n,
                   value.people, outcome, near)  # fmt: skip


def _outcome(limit: Limit, found: Interval, of_slice: bool) -> Outcome:
    if of_slice and small(found.n, found.people):
        return "few"
    if np.isnan(found.value):
        return "unmeasured"
    return "pass" if _within(limit, found.value) else "fail"


def _reaches_over(limit: Limit, found: Interval) -> bool:
    """Whether a bound of the interval falls on the other side of the limit than the value; no bound, no doubt."""
    bounds = [bound for bound in (found.low, found.high) if not np.isnan(bound)]
    return any(_within(limit, bound) != _within(limit, found.value) for bound in bounds)


def _within(limit: Limit, value: float) -> bool:
    low = -np.inf if limit.min is None else limit.min
    high = np.inf if limit.max is None else limit.max
    return bool(low <= value <= high)


def _plain(finding: Finding) -> dict[str, Any]:
    return {name: _rounded(value) for name, value in asdict(finding).items()}


def _rounded(value: Any) -> Any:
    if not isinstance(value, float):
        return value
    return None if np.isnan(value) else round(value, 4) + 0.0
