"""How far apart are two sets of pictures? The Frechet distance of FID, over any features.

It is the FID of the literature over features of the Inception network it was defined with, and of no others. Few
pictures make it too large: the unbiased `kernel_distance` says more below about 10,000.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.scores.kernel import LEAST, Distance

GROUPS = 20  # of each set, left out in turn for the interval: 2 x 20 distances, whatever the number of pictures
Rows = NDArray[np.float64]


def frechet_distance(x: Rows, y: Rows) -> Distance:
    """|mean_x - mean_y|^2 + tr(C_x + C_y - 2 (C_x C_y)^1/2) of n x d and m x d features, 0 or more, lower is nearer.

    Heusel, Ramsauer, Unterthiner, Nessler, Hochreiter: "GANs trained by a two time-scale update rule converge to a
    local Nash equilibrium" (NIPS 2017). The 95 % interval is a jackknife over groups of pictures (Shao, Wu: "A general
    theory for jackknife variance estimation", 1989), about the value with its bias. NaN where a set has under 3 rows.
    """
    if min(len(x), len(y)) < LEAST:
        return Distance(float("nan"), float("nan"), float("nan"), len(x), len(y))
    one, two = _gaussian(x), _gaussian(y)
    value, error = _between(one, two), np.sqrt(_variance(x, two) + _variance(y, one))
    return Distance(value, value - 1.96 * float(error), value + 1.96 * float(error), len(x), len(y))


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
    gap = one.mean - two.mean
    return max(float(gap @ gap + (one.root**2).sum() + (two.root**2).sum() - 2 * shared), 0.0)


def _variance(rows: Rows, other: Gaussian) -> float:
    """Of the distance, from its values with every GROUPS-th row left out in turn, or each row where there are fewer."""
    groups = min(GROUPS, len(rows))
    group = np.arange(len(rows)) % groups
    found = np.array([_between(_gaussian(rows[group != left_out]), other) for left_out in range(groups)])
    return float((groups - 1) / groups * ((found - found.mean()) ** 2).sum())
