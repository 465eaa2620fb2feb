"""From one row per face to what a reader asks: how good is each model, what changed, and is the change sure?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tasks.scores.interval import Interval, bootstrap

Column = NDArray[np.float64]  # one value per face, NaN where it could not be measured
Turn = Literal["better", "worse", "same", "unsure", "unknown"]


@dataclass(frozen=True)
class Metric:
    """A score's name in the manifests, its title, which way is better, and how it is written."""

    name: str
    title: str
    better: Literal["high", "low"]
    share: bool = False  # 0..1, written as a percentage
    digits: int = 3
    aside: bool = False  # told, but no goal: it repeats another score, or is a second opinion
    per_face: bool = True  # else of the whole set
    sliced: bool = False  # told of every slice


METRICS = (
    Metric("kept", "Still a face", "high", share=True, digits=0, sliced=True),
    Metric("identity", "Identity", "high", sliced=True),
    Metric("identity_second", "Identity, second encoder", "high", aside=True, sliced=True),
    Metric("same_person", "Recognised as the same person", "high", share=True, digits=0, sliced=True),
    Metric("nme", "Landmark deformation (NME)", "low", sliced=True),
    Metric("deformed", "Deformed faces", "low", share=True, digits=0, sliced=True),
    Metric("symmetry", "Change of symmetry", "low", digits=4),
    Metric("chroma_shift", "Skin colour shift", "low", digits=1, sliced=True),
    Metric("quality", "Face quality (eDifFIQA)", "high", digits=2, aside=True, sliced=True),
    Metric("niqe", "Naturalness (NIQE)", "low", digits=1, aside=True),
    Metric("ssim", "Similarity to the target (SSIM)", "high"),
    Metric("ms_ssim", "Similarity at five scales (MS-SSIM)", "high", aside=True),
    Metric("psnr", "Peak signal to noise (PSNR, dB)", "high", digits=1, aside=True),
    Metric("gmsd", "Gradient deviation (GMSD)", "low", aside=True),
    Metric("ciede2000", "Colour difference (CIEDE2000)", "low", digits=1, aside=True),
    Metric("lpips", "Perceptual distance (LPIPS)", "low", aside=True),
    Metric("style", "Distance to the drawings (KID)", "low", digits=1, per_face=False),
    Metric("style_target", "Distance to the teacher’s style (KID)", "low", digits=1, per_face=False),
    Metric("frechet", "Distance to the drawings (FID)", "low", digits=1, aside=True, per_face=False),
    Metric("frechet_target", "Distance to the teacher’s style (FID)", "low", digits=1, aside=True, per_face=False),
)
BY_NAME = {metric.name: metric for metric in METRICS}
PER_FACE = tuple(metric.name for metric in METRICS if metric.per_face)
SLICED = tuple(metric.name for metric in METRICS if metric.sliced)
# Full-reference: what two pictures of one face differ in, whichever of them is the reference.
FULL_REFERENCE = ("ssim", "ms_ssim", "psnr", "gmsd", "ciede2000", "lpips")


def means(columns: Mapping[str, Column], people: NDArray[np.str_]) -> dict[str, Interval]:
    """The mean of each per-face score with its interval over people."""
    return {name: bootstrap(column, people) for name, column in columns.items()}


def changes(before: Mapping[str, Column], after: Mapping[str, Column], people: NDArray[np.str_]) -> dict[str, Interval]:
    """The mean of after - before, face by face: pairing takes out what makes one face harder than another."""
    return {name: bootstrap(after[name] - before[name], people) for name in after}


def turn(metric: Metric, change: Interval) -> Turn:
    """Which way a score went: sure only where the whole interval lies on one side of 0."""
    if np.isnan(change.value):
        return "unknown"
    if change.low == change.high == 0:
        return "same"
    if np.isnan(change.low) or change.low <= 0 <= change.high:
        return "unsure"
    return "better" if (change.low > 0) == (metric.better == "high") else "worse"


def goals(change: Mapping[str, Interval]) -> list[str]:
    """The scores that decide: where a teacher shows the style to reach, the distance to other drawings is no goal."""
    taught = "style_target" in change and not np.isnan(change["style_target"].value)
    aims = [name for name in change if not BY_NAME[name].aside]
    return [name for name in aims if name != "style" or not taught]


def together(change: Mapping[str, Interval]) -> dict[str, Turn]:
    """Which way each goal went, at 95 % for all at once: of many scores of equal models one strays by chance."""
    scores = max(1, deciding(change))
    return {name: turn(BY_NAME[name], change[name].among(scores)) for name in goals(change)}


def deciding(change: Mapping[str, Interval]) -> int:
    """How many goals have an interval."""
    return sum(not np.isnan(change[name].low) for name in goals(change))


def verdict(change: Mapping[str, Interval]) -> Literal["better", "worse", "mixed", "even"]:
    """Of the goals together: better where some surely improved and none surely got worse, and so on."""
    turns = set(together(change).values())
    if {"better", "worse"} <= turns:
        return "mixed"
    return "better" if "better" in turns else "worse" if "worse" in turns else "even"
