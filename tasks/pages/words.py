"""Numbers and findings in words: how a score is written, and the sentence that the report opens with."""

import math
from collections.abc import Sequence

from tasks.judging.models import BASE, RELEASE, TUNED
from tasks.judging.result import Result
from tasks.judging.summary import BY_NAME, Metric, deciding, together
from tasks.scores.interval import LEAST, Interval

NAMES = {BASE: "base", RELEASE: "release", TUNED: "new"}  # of the models, short
RIVALS = {BASE: "its base", RELEASE: "the last release"}
UNKNOWN = "–"
SPACE = "\N{NO-BREAK SPACE}"
_VERBS = {"high": ("rises", "falls"), "low": ("falls", "rises")}  # better, worse
_SPOKEN = {
    "kept": "the share of drawings that are still a face",
    "identity": "identity",
    "same_person": "the share recognised as the same person",
    "nme": "landmark deformation",
    "deformed": "the share of deformed faces",
    "symmetry": "the change of symmetry",
    "chroma_shift": "the skin colour shift",
    "ssim": "similarity to the target",
    "style": "the distance to the drawings",
    "style_target": "the distance to the teacher’s style",
}
_WEIGHTIEST = (
    "identity",
    "deformed",
    "nme",
    "chroma_shift",
    "ssim",
    "style_target",
    "style",
    "kept",
    "symmetry",
    "same_person",
)
_OPENINGS = {
    "better": "The new model is better than {}",
    "worse": "The new model is worse than {}",
    "mixed": "The new model gains and loses against {}",
    "even": "The new model and {} cannot be told apart yet",
}


def number(metric: Metric, value: float, signed: bool = False) -> str:
    """A score as it is written in the report: percent for shares, a true minus, a dash where it is unknown."""
    if math.isnan(value):
        return UNKNOWN
    scaled = value * 100 if metric.share else value
    text = f"{scaled:{'+' if signed else ''}.{metric.digits}f}"
    if float(text) == 0:
        text = text.lstrip("+-")
    unit = f"{SPACE}pp" if metric.share and signed else f"{SPACE}%" if metric.share else ""
    return text.replace("-", "−") + unit


def interval(metric: Metric, found: Interval, signed: bool = False) -> str:
    """'low to high', or nothing where there is no interval."""
    if math.isnan(found.low) or found.low == found.high:
        return ""
    low, high = (number(metric, bound, signed) for bound in (found.low, found.high))
    unit = next((u for u in (f"{SPACE}pp", f"{SPACE}%") if high.endswith(u)), "")
    return f"{low.removesuffix(unit)} to {high}"


def headline(result: Result) -> str:
    """Whether the new model is better, in a sentence with the numbers that say so."""
    gains, losses = (_moves(result, way) for way in ("better", "worse"))
    opening = _opening(result) if enough(result) else _only_these(result)
    if result.verdict == "even":
        return f"{opening}: no score differs surely on {sample(result)}."
    if result.verdict == "better":
        return f"{opening}: {_listed(gains)}; no score got surely worse."
    if result.verdict == "worse":
        return f"{opening}: {_listed(losses)}; no score got surely better."
    return f"{opening}: {_listed(gains)}, but {_listed(losses)}."


def surely(result: Result) -> str:
    """What the report means by a sure change."""
    scores = deciding(result.change[result.rival])
    level = (
        f"at 95 % for all {scores} scores that decide at once (Bonferroni), where the tables have 95 % for each alone"
    )
    if enough(result):
        return f"“Surely” means that the whole interval, drawn over people, lies on one side of zero, {level}."
    return (
        f"“Surely” means that the whole interval lies on one side of zero, {level}. With so few people it is drawn "
        "over their faces: it says nothing of anybody else."
    )


def enough(result: Result) -> bool:
    """Whether there are people enough to speak of people who are not among them."""
    return len(set(result.people.tolist())) >= LEAST


def sample(result: Result) -> str:
    """'40 faces of 12 people'."""
    faces, people = len(result.face_ids), len(set(result.people.tolist()))
    return f"{faces:,} {'face' if faces == 1 else 'faces'} of {people:,} {'person' if people == 1 else 'people'}"


def _opening(result: Result) -> str:
    return _OPENINGS[result.verdict].format(RIVALS[result.rival])


def _only_these(result: Result) -> str:
    people = len(set(result.people.tolist()))
    opening = _opening(result)
    return f"On {'this one person' if people == 1 else f'these {people} people'}, t{opening[1:]}"


def _moves(result: Result, way: str, most: int = 2) -> list[str]:
    """'identity rises from 0.61 to 0.70' for the weightiest scores that surely went that way."""
    turns = together(result.change[result.rival])
    surely = [name for name in _WEIGHTIEST if turns.get(name) == way]
    return [_move(result, BY_NAME[name], way) for name in surely[:most]]


def _move(result: Result, metric: Metric, way: str) -> str:
    before, after = (number(metric, result.summary[model][metric.name].value) for model in (result.rival, TUNED))
    return f"{_SPOKEN[metric.name]} {_VERBS[metric.better][way == 'worse']} from {before} to {after}"


def _listed(phrases: Sequence[str]) -> str:
    return ", ".join(phrases[:-1]) + " and " + phrases[-1] if len(phrases) > 1 else phrases[0]
