"""How far apart are two sets of pictures? The Frechet distance of FID, over any features.

It is the FID of the literature over features of the Inception network it was defined with, and of no others. Few
pictures make it too large: the unbiased `kernel_distance` says more below about 10,000.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.scores.kernel import LEAST, Distance

GROUPS = 20  # of each set, left out in turn for the interval: 2 x 20 distances, whatever the number of pictures
Rows = NDArray[np.float64]
Groups = NDArray[np.int64]


def frechet_distance(x: Rows, y: Rows, group: Groups | None = None) -> Distance:
    """|mean_x - mean_y|^2 + tr(C_x + C_y - 2 (C_x C_y)^1/2) of n x d and m x d features, 0 or more, lower is nearer.

    Heusel, Ramsauer, Unterthiner, Nessler, Hochreiter: "GANs trained by a two time-scale update rule converge to a
    local Nash equilibrium" (NIPS 2017). The 95 % interval is a jackknife over groups of pictures (Shao, Wu: "A general
    theory for jackknife variance estimation", 1989), about the value with its bias. NaN where a set has under 3 rows.
    `group` numbers those of y that are one opinion, such as the faces of one person: they are left out together.
    """
    if min(len(x), len(y)) < LEAST:
        return Distance(float("nan"), float("nan"), float("nan"), len(x), len(y))
    one, two = _gaussian(x), _gaussian(y)
    of_x = _variance(len(x), lambda rest: _between(_gaussian(x[rest]), two))
    of_y = _variance(len(y), lambda rest: _between(one, _gaussian(y[rest])), group)
    return _within(_between(one, two), of_x + of_y, len(x), len(y))


def frechet_change(style: Rows, before: Rows, after: Rows, group: Groups | None = None) -> Distance:
    """frechet_distance(style, after) - frechet_distance(style, before) for the same n faces drawn twice (both n x d).

    Every group of faces and of style pictures is left out of both distances at once, so what they share cancels.
    """
    if min(len(style), len(after)) < LEAST:
        return Distance(float("nan"), float("nan"), float("nan"), len(style), len(after))
    goal, old, new = _gaussian(style), _gaussian(before), _gaussian(after)
    of_style = _variance(len(style), lambda rest: _gap(_gaussian(style[rest]), old, new))
    of_faces = _variance(len(after), lambda rest: _gap(goal, _gaussian(before[rest]), _gaussian(after[rest])), group)
    return _within(_gap(goal, old, new), of_style + of_faces, len(style), len(after))


def doubt(n: int, m: int, d: int) -> str:
    """Why a distance of sets of n and m pictures over d features is not to be trusted; empty where nothing is known.

    With no more pictures than features a covariance is singular: the distance tells of the number of pictures.
    """
    few = min(n, m)
    return f"{few} pictures cannot tell the covariance of {d} features; it takes more than {d}" if few <= d else ""


@dataclass(frozen=True, eq=False)
class Gaussian:
    """A mean (d) and R (at most d x d), with R^T R the covariance."""

    mean: Rows
    root: Rows


def _gaussian(rows: Rows) -> Gaussian:
    mean = rows.mean(axis=0)
    centred = (rows - mean) / np.sqrt(len(rows) - 1)
    return Gaussian(mean, np.asarray(np.linalg.qr(centred, mode="r")) if len(rows) > rows.shape[1] else centred)


def _between(one: Gaussian, two: Gaussian) -> float:
    """The trace of (C_x C_y)^1/2 is the nuclear norm of R_x R_y^T: no root of a matrix that may be singular."""
    shared = np.linalg.svd(one.root @ two.root.T, compute_uv=False).sum()
    apart = one.mean - two.mean
    return max(float(apart @ apart + (one.root**2).sum() + (two.root**2).sum() - 2 * shared), 0.0)


def _gap(goal: Gaussian, before: Gaussian, after: Gaussian) -> float:
    return _between(goal, after) - _between(goal, before)


def _variance(n: int, without: Callable[[NDArray[np.bool_]], float], group: Groups | None = None) -> float:
    """Of a statistic, from its values with every GROUPS-th of n rows (of the groups) left out in turn, or each."""
    own = np.arange(n) if group is None else group
    groups = min(GROUPS, int(own.max()) + 1)
    found = np.array([without(own % groups != left_out) for left_out in range(groups)])
    return float((groups - 1) / groups * ((found - found.mean()) ** 2).sum())


def _within(value: float, variance: float, n: int, m: int) -> Distance:
    margin = 1.96 * float(np.sqrt(variance))
    return Distance(value, value - margin, value + margin, n, m)
