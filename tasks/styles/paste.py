"""A drawn crop set back where it was cut out: through the inverse of its matrix, under a mask that fades outwards."""

import math

import numpy as np
from numpy.typing import NDArray

from tasks.core.image import Image
from tasks.faces.geometry import Matrix, compose, invert, transform, warp

FULL, GONE = 0.55, 0.95  # of the way from a crop's middle to its edge: up to here all drawing, from here on none


def pasted(picture: Image, crop: Image, matrix: Matrix) -> Image:
    """The picture (h x w x 3) with the crop (s x s x 3) laid over it; `matrix` leads from picture to crop."""
    rows, columns = reach(matrix, len(crop), *picture.shape[:2])
    if rows.start >= rows.stop or columns.start >= columns.stop:
        return picture
    return laid(picture, back(crop, matrix, rows, columns), matrix, len(crop), (rows, columns))


def laid(picture: Image, part: Image, matrix: Matrix, size: int, place: tuple[slice, slice]) -> Image:
    """The picture with `part` over its rows and columns at `place`, under the mask of a crop of `size` pixels."""
    found, weight = picture.copy(), feather(matrix, size, *place)[..., None]
    below = found[place].astype(np.float32)
    found[place] = np.rint(below + weight * (part - below))
    return found


def reach(matrix: Matrix, size: int, height: int, width: int) -> tuple[slice, slice]:
    """Rows and columns of a height x width picture that the crop's mask reaches."""
    middle = (size - 1) / 2.0
    inverse = invert(matrix)
    x, y = transform(inverse, np.array([[middle, middle]]))[0]
    half = GONE * size / 2.0 * math.sqrt(abs(float(np.linalg.det(inverse[:, :2]))))
    top, left = max(math.floor(y - half), 0), max(math.floor(x - half), 0)
    return slice(top, min(math.ceil(y + half) + 1, height)), slice(left, min(math.ceil(x + half) + 1, width))


def feather(matrix: Matrix, size: int, rows: slice, columns: slice) -> NDArray[np.float32]:
    """How much of each pixel there is the crop's, 1 in its middle, 0 from GONE on; smooth at both ends."""
    y, x = np.mgrid[rows, columns].astype(np.float32)
    middle = (size - 1) / 2.0
    across, down = (row[0] * x + row[1] * y + row[2] - middle for row in matrix.astype(np.float32))
    away = np.sqrt(across * across + down * down) / (size / 2.0)
    rest = np.clip((GONE - away) / (GONE - FULL), 0.0, 1.0)
    return np.asarray(rest * rest * (3.0 - 2.0 * rest), np.float32)


def back(crop: Image, matrix: Matrix, rows: slice, columns: slice) -> Image:
    """What the crop shows at these rows and columns of the picture."""
    start = np.array([[1.0, 0.0, -columns.start], [0.0, 1.0, -rows.start]])
    height, width = rows.stop - rows.start, columns.stop - columns.start
    return warp(crop, compose(invert(matrix), start), max(height, width))[:height, :width]
