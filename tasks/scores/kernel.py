"""How far apart are two sets of pictures? The unbiased kernel distance that KID is, over any features."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEAST = 3  # pictures of a set: with one left out, two must remain to be apart


@dataclass(frozen=True)
class Distance:
    """A squared kernel distance with its 95 % interval, between sets of `n` and `m` pictures."""

    value: float
    low: float
    high: float
    n: int
    m: int


def polynomial(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """k(x, y) = (x.y / d + 1)^3 for all pairs of rows: n x m."""
    return np.asarray((x @ y.T / x.shape[1] + 1) ** 3, np.float64)


def kernel_distance(x: NDArray[np.float64], y: NDArray[np.float64], group: NDArray[np.int64] | None = None) -> Distance:
    """The unbiased squared MMD of n x d and m x d features, with a jackknife interval; may fall below 0 for like sets.

    `group` (m) numbers those of y that are one opinion, such as the faces of one person: they are left out together.

    mean_{i!=j} k(x_i, x_j) + mean_{i!=j} k(y_i, y_j) - 2 mean_{ij} k(x_i, y_j), NaN where a set has under 3 rows.
    Binkowski, Sutherland, Arbel, Gretton: "Demystifying MMD GANs" (ICLR 2018), section 4 (the estimator of KID).
    """
    if min(len(x), len(y)) < LEAST:
        return Distance(float("nan"), float("nan"), float("nan"), len(x), len(y))
    return _distance(_estimate(x, y, group), len(x), len(y))


def kernel_change(
    style: NDArray[np.float64],
    before: NDArray[np.float64],
    after: NDArray[np.float64],
    group: NDArray[np.int64] | None = None,
) -> Distance:
    """kernel_distance(style, after) - kernel_distance(style, before) for the same n faces drawn twice (both n x d).

    Every group of faces and every style picture is left out of both distances at once, so what they share cancels.
    """
    if min(len(style), len(after)) < LEAST:
        return Distance(float("nan"), float("nan"), float("nan"), len(style), len(after))
    new, old = _estimate(style, after, group), _estimate(style, before, group)
    gap = Estimate(new.value - old.value, new.without_x - old.without_x, new.without_y - old.without_y)
    return _distance(gap, len(style), len(after))


@dataclass(frozen=True, eq=False)
class Estimate:
    """A statistic of two sets, and its values with each member of x, and each group of y, left out in turn."""

    value: float
    without_x: NDArray[np.float64]
    without_y: NDArray[np.float64]


def _estimate(x: NDArray[np.float64], y: NDArray[np.float64], group: NDArray[np.int64] | None) -> Estimate:
    within_x, within_y, between = polynomial(x, x), polynomial(y, y), polynomial(x, y)
    apart_x, apart_y = _mean_apart(within_x), _mean_apart(within_y)
    each, of_y = np.arange(len(x)), np.arange(len(y)) if group is None else group
    return Estimate(
        apart_x + apart_y - 2 * float(between.mean()),
        _mean_apart_without(within_x, each) + apart_y - 2 * _mean_without(between, each),
        _mean_apart_without(within_y, of_y) + apart_x - 2 * _mean_without(between.T, of_y),
    )


def _distance(estimate: Estimate, n: int, m: int) -> Distance:
    error = float(np.sqrt(_jackknife(estimate.without_x) + _jackknife(estimate.without_y)))
    return Distance(estimate.value, estimate.value - 1.96 * error, estimate.value + 1.96 * error, n, m)


def _mean_apart(kernel: NDArray[np.float64]) -> float:
    n = len(kernel)
    return float((kernel.sum() - np.trace(kernel)) / (n * (n - 1)))


def _mean_apart_without(kernel: NDArray[np.float64], group: NDArray[np.int64]) -> NDArray[np.float64]:
    """The mean off the diagonal with the rows, and the columns, of each group left out in turn."""
    apart = kernel - np.diag(np.diag(kernel))
    sizes, rows = np.bincount(group), np.bincount(group, apart.sum(axis=1))
    inner = np.diag(_summed(_summed(apart, group).T, group))
    left = len(kernel) - sizes
    return np.asarray((apart.sum() - 2 * rows + inner) / (left * (left - 1)), np.float64)


def _mean_without(between: NDArray[np.float64], group: NDArray[np.int64]) -> NDArray[np.float64]:
    """The mean over all pairs with the rows of each group left out in turn."""
    left = (len(between) - np.bincount(group)) * between.shape[1]
    return np.asarray((between.sum() - np.bincount(group, between.sum(axis=1))) / left, np.float64)


def _summed(rows: NDArray[np.float64], group: NDArray[np.int64]) -> NDArray[np.float64]:
    """The sum of each group's rows; every number up to the largest names one."""
    order = np.argsort(group, kind="stable")
    return np.asarray(
        np.add.reduceat(rows[order], np.searchsorted(group[order], np.arange(group.max() + 1))), np.float64
    )


def _jackknife(leave_one_out: NDArray[np.float64]) -> float:
    """The variance of a statistic from its n values with one member, or one group, left out: Arvesen (1969)."""
    n = len(leave_one_out)
    return float((n - 1) / n * ((leave_one_out - leave_one_out.mean()) ** 2).sum())
