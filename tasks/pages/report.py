"""The report: one HTML file that opens without a network, the same bytes from the same results."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from numpy.typing import NDArray

from tasks.judging.groups import Group, groups
from tasks.judging.judge import Case
from tasks.judging.result import BASE, TUNED, Result
from tasks.judging.summary import BY_NAME, METRICS, Metric, goals, turn
from tasks.pages import charts, faces, words
from tasks.pages.funnel import Step
from tasks.pages.provenance import Used

HERE = Path(__file__).parent
GROUP_SCORES = ("identity", "same_person", "nme", "chroma_shift")
KEY_FIGURES = ("identity", "nme", "chroma_shift", "ssim")
NO_LOSS = ("step", "lr", "critic", "r1")
NAMES = {BASE: "base", TUNED: "fine-tuned"}


@dataclass(frozen=True, eq=False)
class Report:
    """All that the page says; `baseline` says in words what the base generator is."""

    result: Result
    cases: Sequence[Case]
    steps: Sequence[Step]
    history: Mapping[str, NDArray[np.float64]]
    baseline: str
    teacher: str
    settings: Mapping[str, str]
    versions: Mapping[str, str]
    digests: Mapping[str, str]
    models: Sequence[Used]
    sheet: int  # faces on the sheet
    worst: int  # faces among the worst
    min_iou: float
    deformed: float
    traits: Mapping[str, Sequence[str]]  # of each face, for the table by group


@dataclass(frozen=True)
class Line:
    """A row of the score table, every number as it is written."""

    metric: Metric
    photo: str
    base: str
    base_interval: str
    tuned: str
    tuned_interval: str
    change: str
    change_interval: str
    turn: str


@dataclass(frozen=True)
class GroupLine:
    """A row of the table by group, every number as it is written."""

    trait: str
    value: str
    size: str
    scores: dict[str, str]


def render(report: Report) -> str:
    """The page; every picture, style and script is inside it."""
    environment = Environment(
        loader=FileSystemLoader(HERE), undefined=StrictUndefined, autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    page = environment.get_template("report.html").render(context(report))
    return "\n".join(line.rstrip() for line in page.splitlines()) + "\n"


def context(report: Report) -> dict[str, Any]:
    """What the template shows, by name."""
    result, lines = report.result, score_lines(report.result)
    half = min(report.worst // 2, max(3, len(report.cases) // 4))  # all of them would not be the worst
    return {
        "style": Markup((HERE / "report.css").read_text()),
        "script": Markup((HERE / "report.js").read_text()),
        "headline": words.headline(result),
        "sample": words.sample(result),
        "surely": words.surely(result),
        "verdict": result.verdict,
        "lines": lines,
        "group_titles": [BY_NAME[name].title for name in GROUP_SCORES],
        "figures": [line for name in KEY_FIGURES for line in lines if line.metric.name == name],
        "hero": faces.shown(report.cases, result, [faces.typical(result)])[0],
        "sheet": faces.shown(report.cases, result, faces.spread(result.people, report.sheet)),
        "groups": group_lines(result, groups(report.traits)),
        "worst": {
            "Least like the person": faces.shown(
                report.cases, result, faces.worst(result, "identity", half), ["identity"]
            ),
            "Features moved furthest": faces.shown(report.cases, result, faces.worst(result, "nme", half), ["nme"]),
        },
        "charts": charts_of(report),
        "strangers": strangers(result),
        "losses": losses(report.history),
        "loss_names": loss_names(report.history),
        "widest": max((step.taken for step in report.steps), default=1) or 1,
        "report": report,
        "result": result,
    }


def score_lines(result: Result) -> list[Line]:
    """The score table, a row for every score that could be measured on either model."""
    lines = [_line(result, metric) for metric in METRICS]
    return [line for line in lines if {line.base, line.tuned} != {words.UNKNOWN}]


def group_lines(result: Result, found: Sequence[Group]) -> list[GroupLine]:
    """The table by group: of each score the base's mean and the fine-tuned one's."""
    return [_group_line(result, group) for group in found]


def charts_of(report: Report) -> dict[str, Markup]:
    """Every chart by its caption."""
    base, tuned = (report.result.columns[model] for model in (BASE, TUNED))
    apart = report.result.strangers
    limit = {"strangers, 99th percentile": float(np.percentile(apart, 99))} if len(apart) else {}
    first, second = NAMES[BASE], NAMES[TUNED]
    both = {first: base, second: tuned}
    return {
        "Identity of each face": charts.histogram({k: v["identity"] for k, v in both.items()}, "identity", limit),
        "Identity, face by face": charts.scatter(
            base["identity"], tuned["identity"], "identity", (NAMES[BASE], NAMES[TUNED])
        ),
        "Landmark deformation": charts.histogram({k: v["nme"] for k, v in both.items()}, "NME"),
        "Skin colour shift": charts.histogram({k: v["chroma_shift"] for k, v in both.items()}, "skin colour shift"),
        "Similarity to the target": charts.histogram({k: v["ssim"] for k, v in both.items()}, "SSIM"),
    }


def strangers(result: Result) -> str:
    """What two different people score on the same encoder, in a sentence."""
    if not len(result.strangers):
        return "The held-out faces are of one person only, so what strangers score is unknown."
    mean, high = float(np.mean(result.strangers)), float(np.percentile(result.strangers, 99))
    return (
        f"Photos of two different people score {mean:.2f} on average here and {high:.2f} at the 99th percentile; "
        f"from {result.threshold:.2f} on this encoder calls two pictures the same person."
    ).replace("-", "−")


def losses(history: Mapping[str, NDArray[np.float64]]) -> Markup:
    """The training's losses by step; nothing where there is no history."""
    terms = {name: history[name] for name in loss_names(history)}
    return charts.lines(history.get("step", np.array([])), terms, "loss")


def loss_names(history: Mapping[str, NDArray[np.float64]]) -> list[str]:
    """The generator's losses in the order of their lines."""
    return [name for name, values in history.items() if name not in NO_LOSS and np.isfinite(values).any()]


def _group_line(result: Result, group: Group) -> GroupLine:
    people = len(set(result.people[group.rows].tolist()))
    scores = {}
    for name in GROUP_SCORES:
        before, after = (float(np.nanmean(result.columns[model][name][group.rows])) for model in (BASE, TUNED))
        scores[name] = f"{words.number(BY_NAME[name], before)} → {words.number(BY_NAME[name], after)}"
    return GroupLine(group.trait, group.value, f"{len(group.rows)} of {people}", scores)


def _line(result: Result, metric: Metric) -> Line:
    name = metric.name
    base, tuned, change = result.summary[BASE][name], result.summary[TUNED][name], result.change[name]
    photo = result.photo.get(name)
    return Line(
        metric,
        words.number(metric, photo.value) if photo else "",
        words.number(metric, base.value),
        words.interval(metric, base),
        words.number(metric, tuned.value),
        words.interval(metric, tuned),
        words.number(metric, change.value, signed=True),
        words.interval(metric, change, signed=True),
        turn(metric, change) if name in goals(result.change) else "aside",
    )
