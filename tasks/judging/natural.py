"""NIQE from what was kept of each picture: against its published parameters, or against our own style set."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.core.image import Image
from tasks.judging.summary import Column
from tasks.scores import niqe
from tasks.scores.niqe import SIZE, Pristine

KEPT = SIZE + 1  # numbers of a block: its statistics and its sharpness
Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Natural:
    """What clean pictures are like."""

    pristine: Pristine

    def column(self, kept: Iterable[list[float]]) -> Column:
        """NIQE of each picture; NaN where it has too few blocks with contrast."""
        return np.array([niqe.distance(blocks(cells)[:, :SIZE], self.pristine) for cells in kept], np.float64)


def natural(style: Iterable[list[float]], licence: str) -> Natural | None:
    """By the published parameters where they are at hand, else by the drawings'; None where these are too few."""
    published = niqe.find_pristine(licence)
    if published:
        return Natural(published)
    described = [(rows[:, :SIZE], rows[:, SIZE]) for rows in map(blocks, style)]
    try:
        return Natural(niqe.fitted_to(described))
    except ValueError:
        return None


def keep(picture: Image) -> list[float]:
    """What is kept of a picture: KEPT numbers of each block, in a row."""
    rows, sharpness = niqe.described(picture)
    return [float(value) for value in np.column_stack([rows, sharpness]).ravel()]


def blocks(kept: list[float]) -> Numbers:
    """N x KEPT."""
    return np.asarray(kept, np.float64).reshape(-1, KEPT)
