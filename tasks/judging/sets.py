"""How near a set of pictures is to the drawings it should be like: KID's and FID's distances over a feature net."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.judging.models import TUNED
from tasks.scores.frechet import doubt, frechet_change, frechet_distance
from tasks.scores.interval import LEAST as FEW
from tasks.scores.interval import Interval, opinions
from tasks.scores.kernel import LEAST, Distance, kernel_change, kernel_distance
from tasks.scores.style import standardised

MOST = 2000  # pictures of a set that are compared: the kernel's cost grows with their square
NAN = float("nan")

Features = NDArray[np.float64]  # n x d
Means = dict[str, Interval]


@dataclass(frozen=True, eq=False)
class Sets:
    """Features of photos and of each model's drawings, by name, and of the two sets of drawings to be like.

    `hand_made`: the descriptor, whose columns have scales of their own; a net's features are compared as they are.
    """

    features: Mapping[str, Features]  # photo, base, release, tuned: the same n faces
    style: Features  # m x d: drawings of the style set that training did not see; may be empty
    target: Features  # the teacher's drawings of the same faces; may be empty
    hand_made: bool
    people: NDArray[np.str_]  # n: two faces of one person are one opinion

    def distances(self, name: str) -> Means:
        """Of one set to both goals, each by KID's and by FID's estimator; NaN where a goal is missing or too small."""
        found: Means = {}
        for goal, suffix in ((self.style, ""), (self.target, "_target")):
            found[f"style{suffix}"], found[f"frechet{suffix}"] = self._pair(goal, name)
        return found

    def changes(self, rival: str) -> Means:
        """What the new model's distances are more than the rival's."""
        found: Means = {}
        for goal, suffix in ((self.style, ""), (self.target, "_target")):
            found[f"style{suffix}"], found[f"frechet{suffix}"] = self._change(goal, rival)
        return found

    @property
    def doubt(self) -> str:
        """Why FID's distances are not to be trusted here; empty where nothing speaks against them."""
        rows = self.features[TUNED]
        return doubt(len(rows), len(self.style) or len(self.target), rows.shape[1])

    def _pair(self, goal: Features, name: str) -> tuple[Interval, Interval]:
        rows = self.features[name][:MOST]
        if min(len(goal), len(rows)) < LEAST:
            return _unknown(rows), _unknown(rows)
        like, own = self._scaled(goal[:MOST], rows)
        group = opinions(self.people[:MOST])
        kernel, frechet = (self._told(measure(like, own, group)) for measure in (kernel_distance, frechet_distance))
        return kernel, frechet

    def _change(self, goal: Features, rival: str) -> tuple[Interval, Interval]:
        before, after = (self.features[name][:MOST] for name in (rival, TUNED))
        if min(len(goal), len(after)) < LEAST:
            return _unknown(after), _unknown(after)
        like, old, new = self._scaled(goal[:MOST], before, after)
        group = opinions(self.people[:MOST])
        kernel, frechet = (self._told(measure(like, old, new, group)) for measure in (kernel_change, frechet_change))
        return kernel, frechet

    def _told(self, found: Distance) -> Interval:
        people = len(set(self.people[:MOST].tolist()))
        return Interval(found.value, found.low, found.high, found.m, people, "people" if people >= FEW else "faces")

    def _scaled(self, goal: Features, *others: Features) -> tuple[Features, ...]:
        return standardised(goal, *others) if self.hand_made else (goal, *others)


def _unknown(rows: Features) -> Interval:
    return Interval(NAN, NAN, NAN, len(rows), len(rows))
