"""How near is the output to its paired target, seen from near and from far? SSIM over five scales, full-reference."""

from collections.abc import Sequence

import cv2
import numpy as np

from tasks.core.image import Image
from tasks.scores.sizes import check_sizes
from tasks.scores.ssim import WINDOW, Planes, Similarity, planes, similarity

WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)  # from full size to a sixteenth; as published they add up to 1.0001


def ms_ssim(target: Image, output: Image) -> float:
    """Multi-scale SSIM, 0..1, 1 for equal pictures: contrast and structure at every scale, light at the coarsest.

    Wang, Simoncelli, Bovik: "Multiscale structural similarity for image quality assessment" (Asilomar 2003); per RGB
    channel, negative factors counted as 0. Pictures under 176 pixels have fewer scales, whose weights are stretched to
    the same sum: compare values at one size only. Raises ValueError as `ssim` does.
    """
    check_sizes(target, output, WINDOW)
    return combined(scales(planes(target), planes(output)))


def scales(x: Planes, y: Planes) -> list[Similarity]:
    """The similarity at full size, at half of it, and so on: five, or as many as still hold a window."""
    found = [similarity(x, y)]
    while len(found) < len(WEIGHTS) and min(x.shape[:2]) // 2 >= WINDOW:
        x, y = _halved(x), _halved(y)
        found.append(similarity(x, y))
    return found


def combined(found: Sequence[Similarity]) -> float:
    """MS-SSIM of the similarities that `scales` gives."""
    weights = np.array(WEIGHTS[: len(found)])
    factors = np.stack([*(scale.structure for scale in found[:-1]), found[-1].whole])  # scales x channels
    powers = np.maximum(factors, 0) ** (weights * (sum(WEIGHTS) / weights.sum()))[:, None]
    return float(powers.prod(axis=0).mean())


def _halved(values: Planes) -> Planes:
    """Means of 2 x 2 pixels; an odd last row or column is left out."""
    height, width = values.shape[0] // 2, values.shape[1] // 2
    even = values[: 2 * height, : 2 * width]
    return np.asarray(cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA), np.float32)
