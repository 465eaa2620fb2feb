"""Give each photo a drawing and no drawing twice, for a high total score, in blocks that fit into memory.

A block is solved by the linear sum assignment of Jonker and Volgenant (1987) in SciPy's form (Crouse, 2016). Blocks
come from halving both sides at the same rank of what varies most in both, as a k-d tree does; then pairs are regrouped
along other axes and solved again, which can only raise the total.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

BLOCK = 1024  # photos times drawings that are solved at once is BLOCK^2 at most
ROUNDS = 4

Rows = NDArray[np.int64]
Vectors = NDArray[np.float32]


def assign(photos: Vectors, drawings: Vectors, block: int = BLOCK) -> Rows:
    """The row of each photo's drawing, -1 where drawings run out; the score of a pair is its inner product, 0 or more.

    Optimal where all pairs fit into one block. Who gets what may change as a whole when a face is added.
    """
    chosen = np.full(len(photos), -1, np.int64)
    everything = np.arange(len(photos)), np.arange(len(drawings))
    blocks = list(_halved(photos, drawings, *everything, block))
    for rows, columns in blocks:
        _solve(photos, drawings, rows, columns, chosen)
    if len(blocks) > 1:
        for axis in _axes(photos, drawings)[:ROUNDS]:
            for rows, columns in _regrouped(photos[:, axis], drawings[:, axis], chosen, block):
                _solve(photos, drawings, rows, columns, chosen)
    return chosen


def _solve(photos: Vectors, drawings: Vectors, rows: Rows, columns: Rows, chosen: Rows) -> None:
    """Assign anew within one block."""
    chosen[rows] = -1
    i, j = linear_sum_assignment(photos[rows] @ drawings[columns].T, maximize=True)
    chosen[rows[i]] = columns[j]


def _halved(photos: Vectors, drawings: Vectors, rows: Rows, columns: Rows, block: int) -> Iterator[tuple[Rows, Rows]]:
    """Blocks of photos and drawings that are alike, both sides cut at the same rank, so that none runs short."""
    if len(rows) * len(columns) <= block**2:
        yield rows, columns
        return
    axis = _axes(photos[rows], drawings[columns])[0]
    halves = _cut(rows, photos[rows, axis]), _cut(columns, drawings[columns, axis])
    for some_rows, some_columns in zip(*halves, strict=True):
        yield from _halved(photos, drawings, some_rows, some_columns, block)


def _cut(rows: Rows, values: Vectors) -> list[Rows]:
    """The rows of the lower and of the higher values."""
    return np.array_split(rows[np.argsort(values, kind="stable")], 2)


def _axes(photos: Vectors, drawings: Vectors) -> Rows:
    """Coordinates in which both sides vary, the most first."""
    spread = [np.var(side, axis=0, dtype=np.float64) for side in (photos, drawings)]
    return np.argsort(-spread[0] * spread[1], kind="stable")


def _regrouped(photos: Vectors, drawings: Vectors, chosen: Rows, block: int) -> Iterator[tuple[Rows, Rows]]:
    """Blocks of pairs, and of drawings that are still free, neighbours along one axis."""
    free = np.setdiff1d(np.arange(len(drawings)), chosen)
    middle = photos + np.where(chosen >= 0, drawings[chosen], photos)
    order = np.argsort(np.concatenate([middle, 2 * drawings[free]]), kind="stable")
    for at in range(0, len(order), block):
        part = order[at : at + block]
        rows = part[part < len(photos)]
        taken = chosen[rows]
        yield rows, np.concatenate([taken[taken >= 0], free[part[part >= len(photos)] - len(photos)]])
