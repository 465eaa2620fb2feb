"""The score tables, every number as it is written: each model's mean and what the new one changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tasks.judging.models import BASE, RELEASE, TUNED
from tasks.judging.result import Reference, Result
from tasks.judging.summary import FULL_REFERENCE, METRICS, Metric, goals, turn
from tasks.pages import words
from tasks.scores.interval import Interval

_TARGETS = "the teacher’s drawings of the judged faces"
NEEDS = {
    "identity_second": "a second encoder in the models folder",
    "quality": "the weights of eDifFIQA in the models folder",
    "niqe": "its published parameters in the models folder, or a larger style set",
    "lpips": "its weights and AlexNet’s in the models folder, and a teacher’s drawings",
    "style": "drawings that training did not see",
    "frechet": "drawings that training did not see",
    "style_target": _TARGETS,
    "frechet_target": _TARGETS,
    **dict.fromkeys(("ssim", "ms_ssim", "psnr", "gmsd", "ciede2000"), _TARGETS),
}


@dataclass(frozen=True)
class Cell:
    """A number, its 95 % interval, and how many faces it is the mean of."""

    text: str
    interval: str
    n: int
    turn: str = ""  # of a change: better, worse, same, unsure, unknown; aside where the score is no goal


@dataclass(frozen=True)
class Line:
    """A row of a score table; cells by model, changes by rival."""

    metric: Metric
    photo: Cell | None
    models: Mapping[str, Cell]
    changes: Mapping[str, Cell]
    since: Cell | None = None  # how alike the new and the released drawings are

    @property
    def turn(self) -> str:
        """Which way it went against the last model of `changes`, which is the rival."""
        return list(self.changes.values())[-1].turn


def lines(result: Result) -> list[Line]:
    """Every score that needs no reference and was measured."""
    return [_line(result, m) for m in METRICS if m.name not in FULL_REFERENCE and measured(result, m.name)]


def reference_lines(result: Result) -> list[Line]:
    """Every full-reference score that was measured: against the teacher's drawing, and against the last release's."""
    since = next((found for found in result.references if (found.pictures, found.against) == (TUNED, RELEASE)), None)
    metrics = [metric for metric in METRICS if metric.name in FULL_REFERENCE]
    return [_line(result, m, since) for m in metrics if measured(result, m.name) or _known(since, m.name)]


def measured(result: Result, name: str) -> bool:
    """Whether any model has a value of the score."""
    return any(not np.isnan(found[name].value) for found in result.summary.values())


def missing(result: Result) -> dict[str, list[str]]:
    """What is needed -> titles of the scores that nobody could measure without it."""
    found: dict[str, list[str]] = {}
    for metric in METRICS:
        if not measured(result, metric.name):
            found.setdefault(NEEDS.get(metric.name, "faces that show it"), []).append(metric.title)
    return found


def cell(metric: Metric, found: Interval, signed: bool = False, turned: str = "") -> Cell:
    """An interval as it is written."""
    text, span = words.number(metric, found.value, signed), words.interval(metric, found, signed)
    return Cell(text, span, found.n, turned)


def rivals(result: Result) -> Sequence[str]:
    """The models that the new one is held against; the last of them is the one to beat."""
    return [name for name in (BASE, RELEASE) if name in result.change]


def _line(result: Result, metric: Metric, since: Reference | None = None) -> Line:
    name = metric.name
    photo = result.photo.get(name)
    return Line(
        metric,
        cell(metric, photo) if photo and not np.isnan(photo.value) else None,
        {model: cell(metric, found[name]) for model, found in result.summary.items()},
        {rival: _change(metric, result.change[rival]) for rival in rivals(result)},
        cell(metric, since.scores[name]) if since and _known(since, name) else None,
    )


def _change(metric: Metric, change: Mapping[str, Interval]) -> Cell:
    found = change[metric.name]
    return cell(metric, found, True, turn(metric, found) if metric.name in goals(change) else "aside")


def _known(reference: Reference | None, name: str) -> bool:
    return reference is not None and not np.isnan(reference.scores[name].value)
