"""Match photos with drawings: near in pose, hair, expression, gender and looks, and no drawing used twice.

The best match of a photo is the drawing assigned to it; the next ones are the drawings nearest to it, whoever else has
them. The score of a pair depends on its two faces alone; which drawing is assigned may change when faces are added.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from tasks.pairing.assignment import Rows, Vectors, assign
from tasks.pairing.similarity import SCALE, Parts, Traits, agreement, compose, drawing_parts, known, photo_parts

TILE = 1024, 4096  # photos and drawings compared at a time: 16 MB of scores
ALIKE = 0.5  # agreement below which a part is said to differ


@dataclass(frozen=True)
class Match:
    """Row of the photo, row of the drawing, rank (1: the assigned one), score 0..1, and why, in words."""

    photo: int
    anime: int
    rank: int
    score: float
    reasons: str


def matches(photos: Traits, drawings: Traits, least: float, top: int) -> list[Match]:
    """For each photo the assigned drawing and the next best, `top` in all, those with a score of `least` or more."""
    if not len(photos.turn) or not len(drawings.turn):
        return []
    sides = photo_parts(photos, drawings), drawing_parts(photos, drawings)
    a, b = (compose(side) for side in sides)
    rows, columns, ranks = ranked(assign(a, b), nearest(a, b, top), top)
    scores = (a[rows] * b[columns]).sum(axis=1, dtype=np.float64) / SCALE**2
    kept = scores >= least
    rows, columns, ranks, scores = rows[kept], columns[kept], ranks[kept], scores[kept]
    words = _reasons(photos, drawings, agreement(*sides, rows, columns), rows, columns)
    values = zip(rows.tolist(), columns.tolist(), ranks.tolist(), scores.tolist(), words, strict=True)
    return [Match(*value) for value in values]


def ranked(assigned: Rows, near: Rows, top: int) -> tuple[Rows, Rows, Rows]:
    """Photo, drawing and rank of each match, by photo and rank; a photo without an assigned drawing starts at 2."""
    columns = np.hstack([assigned[:, None], near])
    new = np.hstack([np.full((len(assigned), 1), True), near != assigned[:, None]])
    rank = np.cumsum(new, axis=1)
    rows, places = np.nonzero(new & (rank <= top) & (columns >= 0))
    return rows, columns[rows, places], rank[rows, places]


def nearest(photos: Vectors, drawings: Vectors, top: int) -> Rows:
    """The rows of the `top` drawings of the highest inner product with each photo, the best first; n x top.

    Of equal ones the first counts as nearer. Memory is one tile, whatever the number of faces.
    """
    top = min(top, len(drawings))
    height, width = TILE
    found = [_nearest(photos[at : at + height], drawings, top, max(width, top)) for at in range(0, len(photos), height)]
    return np.concatenate(found)


def _nearest(photos: Vectors, drawings: Vectors, top: int, width: int) -> Rows:
    """`nearest` for one tile's photos: each tile of drawings adds what beats the worst of the best so far."""
    best, floor = np.empty((3, 0)), np.full(len(photos), -np.inf, np.float32)
    for at in range(0, len(drawings), width):
        score = photos @ drawings[at : at + width].T
        if at == 0:
            floor = np.partition(score, -top, axis=1)[:, -top] - 1  # scores are whole: its own ties stay in
        rows, columns = np.divmod(np.flatnonzero(score > floor[:, None]), score.shape[1])  # 20 times as fast as nonzero
        best = _best(np.hstack([best, [rows, columns + at, score[rows, columns]]]), top)
        floor = best[2].reshape(-1, top)[:, -1].astype(np.float32)
    return np.asarray(best[1].reshape(-1, top), np.int64)


def _best(found: NDArray[np.float64], top: int) -> NDArray[np.float64]:
    """Of (row, column, score), 3 x m, the `top` of each row: by score, then by column."""
    ordered = found[:, np.lexsort((found[1], -found[2], found[0]))]
    first = np.searchsorted(ordered[0], ordered[0])
    kept: NDArray[np.float64] = ordered[:, np.arange(ordered.shape[1]) - first < top]
    return kept


def _reasons(photos: Traits, drawings: Traits, parts: Parts, rows: Rows, columns: Rows) -> Iterator[str]:
    """Each pair's agreements in words, save those of which one face tells nothing."""
    told, answered = known(photos), known(drawings)
    both = np.stack([told[name][rows] & answered[name][columns] for name in parts], axis=1)
    values = np.stack(list(parts.values()), axis=1)
    for numbers, mentioned in zip(values.tolist(), both.tolist(), strict=True):
        yield _words(dict(compress(zip(parts, numbers, strict=True), mentioned)), photos.names)


def _words(values: dict[str, float], named: Collection[str]) -> str:
    """What agrees and, after a semicolon, what differs; `values` are the agreements of what is known of both faces."""
    alike = [
        f"same {name}" if name in named else f"{name} {value:.2f}" for name, value in values.items() if value >= ALIKE
    ]
    apart = [f"{name} differs" for name, value in values.items() if value < ALIKE]
    return "; ".join(filter(None, (", ".join(alike), ", ".join(apart))))
