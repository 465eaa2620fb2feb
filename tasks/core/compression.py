"""How strongly a picture was compressed: by the tables of its JPEG, and by the traces blocks leave in any format."""

from functools import lru_cache

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

GRID = 8  # pixels of a JPEG's block
WINDOW = 512  # pixels each way that blockiness looks at, in the middle of the picture
_STILL = 0.1  # grey levels: steps below this are no steps, so that an even picture has the value 1
_LUMINANCE = np.array(  # ITU-T T.81, table K.1
    [
        [16, 11, 10, 16, 24, 40, 51, 61],
        [12, 12, 14, 19, 26, 58, 60, 55],
        [14, 13, 16, 24, 40, 57, 69, 56],
        [14, 17, 22, 29, 51, 87, 80, 62],
        [18, 22, 37, 56, 68, 109, 103, 77],
        [24, 35, 55, 64, 81, 104, 113, 92],
        [49, 64, 78, 87, 103, 121, 120, 101],
        [72, 92, 95, 98, 112, 100, 103, 99],
    ]
).ravel()


def _tables() -> NDArray[np.int64]:
    """The luminance table of libjpeg at each quality from 1 to 100: jpeg_quality_scaling of table K.1."""
    quality = np.arange(1, 101)[:, None]
    percent = np.where(quality < 50, 5000 // quality, 200 - 2 * quality)
    return np.asarray(np.clip((_LUMINANCE * percent + 50) // 100, 1, 255), np.int64)


TABLES = _tables()


@lru_cache(maxsize=256)  # whoever writes many pictures writes few tables
def jpeg_quality(table: tuple[int, ...]) -> float | None:
    """The quality 1..100 whose libjpeg table is nearest to this luminance table of 64 numbers, exact for libjpeg's own.

    None for no table.
    """
    if len(table) != GRID * GRID:
        return None
    return float(np.abs(TABLES - np.asarray(table)).sum(axis=1).argmin() + 1)


def blockiness(grey: NDArray[np.uint8], scale: int = 1) -> float | None:
    """Mean step on the block grid over the mean step beside it; 1 without blocks, about 2 at JPEG quality 10.

    The ratio of B to A in Wang, Sheikh, Bovik: "No-reference perceptual quality assessment of JPEG compressed images",
    ICIP 2002, with the grid's offset taken where the steps are strongest, so that a crop shows its blocks too.
    A JPEG that was decoded at 1/scale has blocks of 8/scale pixels; None when that is one, or the picture is smaller.
    """
    grid = GRID // scale
    top, left = (max(0, side - WINDOW) // 2 for side in grey.shape)
    part = grey[top : top + WINDOW, left : left + WINDOW]
    if grid < 2 or min(part.shape) <= 2 * grid:
        return None
    across, down = cv2.absdiff(part[:, 1:], part[:, :-1]), cv2.absdiff(part[1:], part[:-1])
    return (_on_grid(across, 0, grid) + _on_grid(down, 1, grid)) / 2


def _on_grid(steps: MatLike, along: int, grid: int) -> float:
    """The mean steps along this axis: those at the strongest of the grid's offsets over the others."""
    line = cv2.reduce(steps, along, cv2.REDUCE_AVG, dtype=cv2.CV_32F).ravel()
    offsets = line[: line.size // grid * grid].reshape(-1, grid).mean(axis=0)
    beside = (offsets.sum() - offsets.max()) / (grid - 1)
    return float((offsets.max() + _STILL) / (beside + _STILL))
