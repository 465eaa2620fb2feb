"""Whom does the model fail? Every slice of the faces by each score, as a table whose rows are dots on one scale."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from tasks.judging.gate import Gate
from tasks.judging.models import TUNED
from tasks.judging.result import Result
from tasks.judging.slices import Slice
from tasks.judging.summary import BY_NAME, SLICED
from tasks.pages.charts import Axis, dots
from tasks.pages.scoreboard import Cell, cell
from tasks.pages.words import NAMES
from tasks.scores.interval import Interval


@dataclass(frozen=True)
class SliceLine:
    """A slice by one score: each model's mean, as written and as drawn."""

    part: Slice
    models: Mapping[str, Cell]
    dots: Markup
    outcome: str  # of the gate's limit on it, if there is one


@dataclass(frozen=True)
class Board:
    """All slices by one score."""

    name: str
    title: str
    higher: bool  # whether higher is better
    every: Cell  # the new model's mean over all faces, which the dashed line marks
    lines: Sequence[SliceLine]


def boards(result: Result, gate: Gate) -> list[Board]:
    """A board for each score that was measured by slice; none where nothing is known of the faces."""
    found = (_board(result, name, _outcomes(gate, name)) for name in SLICED)
    return [board for board in found if board is not None]


def _board(result: Result, name: str, outcomes: Mapping[str, str]) -> Board | None:
    parts = [part for part in result.slices if not np.isnan(part.scores[TUNED][name].value)]
    if not parts:
        return None
    metric, every = BY_NAME[name], result.summary[TUNED][name]
    found = [{model: part.scores[model][name] for model in result.models} for part in parts]
    axis = _axis([*found, {TUNED: every}])
    lines = [
        SliceLine(
            part,
            {model: cell(metric, mean) for model, mean in means.items()},
            dots({NAMES[model]: mean for model, mean in means.items()}, axis, every.value),
            outcomes.get(part.name, ""),
        )
        for part, means in zip(parts, found, strict=True)
    ]
    return Board(name, metric.title, metric.better == "high", cell(metric, every), lines)


def _axis(found: Sequence[Mapping[str, Interval]]) -> Axis:
    ends = np.array([end for means in found for mean in means.values() for end in (mean.value, mean.low, mean.high)])
    return Axis(float(np.nanmin(ends)), float(np.nanmax(ends)), "")


def _outcomes(gate: Gate, name: str) -> dict[str, str]:
    """Slice -> what the gate says of it by this score; a failure outweighs what else it says."""
    found = [finding for finding in gate.findings if finding.score == name and finding.slice]
    return {f.slice: f.outcome for f in sorted(found, key=lambda finding: finding.outcome == "fail")}
