"""Is it still a face? Whether a detector finds one in the output where the photo has it."""

import numpy as np
from numpy.typing import NDArray


def iou(box: NDArray[np.float32], boxes: NDArray[np.float32]) -> NDArray[np.float64]:
    """Intersection over union, 0..1, of one box (x0, y0, x1, y1) with each of n x 4; 0 for a box without area."""
    one, many = np.asarray(box, np.float64), np.asarray(boxes, np.float64).reshape(-1, 4)
    low, high = np.maximum(one[:2], many[:, :2]), np.minimum(one[2:], many[:, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=1)
    area = np.clip(one[2:] - one[:2], 0, None).prod() + np.clip(many[:, 2:] - many[:, :2], 0, None).prod(axis=1)
    union = area - shared
    return np.asarray(shared / np.where(union > 0, union, 1.0), np.float64)


def kept(overlap: NDArray[np.float64], min_iou: float) -> NDArray[np.float64]:
    """1 where the best overlap with the photo's face reaches min_iou, else 0; NaN where there was no face to find.

    Jaccard overlap, as in Everingham et al.: "The Pascal Visual Object Classes Challenge" (IJCV 2010).
    """
    return np.where(np.isnan(overlap), np.nan, (overlap >= min_iou).astype(np.float64))
