"""The report's charts by caption: how each score is spread over the faces, and how the training went."""

from collections.abc import Mapping

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from tasks.judging.models import TUNED
from tasks.judging.result import Result
from tasks.pages import charts
from tasks.pages.words import NAMES

STRANGERS = "strangers"
_NO_LOSS = ("step", "lr", "critic", "r1")
Values = NDArray[np.float64]


def charts_of(result: Result) -> dict[str, Markup]:
    """Every chart of the scores by its caption; the second encoder's only where there is one."""
    referee, rival = result.referee, result.rival
    before, after = (result.columns[model]["identity"] for model in (rival, TUNED))
    found = {f"Identity of each face, by {referee.score}": _identity(result, "identity", result.strangers)}
    if referee.second:
        second = _identity(result, "identity_second", result.strangers_second)
        found[f"The same by a second encoder, {referee.second}"] = second
    return found | {
        "Identity, face by face": charts.scatter(before, after, "identity", (NAMES[rival], NAMES[TUNED])),
        "Landmark deformation": charts.histogram(_by_model(result, "nme"), "NME"),
        "Skin colour shift": charts.histogram(_by_model(result, "chroma_shift"), "skin colour shift"),
        "Similarity to the target": charts.histogram(_by_model(result, "ssim"), "SSIM"),
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


def losses(history: Mapping[str, Values]) -> Markup:
    """The training's losses by step; nothing where there is no history."""
    terms = {name: history[name] for name in loss_names(history)}
    return charts.lines(history.get("step", np.array([])), terms, "loss")


def loss_names(history: Mapping[str, Values]) -> list[str]:
    """The generator's losses in the order of their lines."""
    return [name for name, values in history.items() if name not in _NO_LOSS and np.isfinite(values).any()]


def _identity(result: Result, name: str, apart: Values) -> Markup:
    """What each model's drawings score beside what photos of strangers do."""
    spread = ({STRANGERS: apart} if len(apart) else {}) | _by_model(result, name)
    limit = {"the same person from here on": result.threshold} if name == "identity" else {}
    return charts.histogram(spread, "identity", limit)


def _by_model(result: Result, name: str) -> dict[str, Values]:
    return {NAMES[model]: found[name] for model, found in result.columns.items()}
