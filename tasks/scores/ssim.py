"""How near is the output to its paired target? Structural similarity, full-reference, so for pairs only."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tasks.core.image import Image
from tasks.scores.sizes import check_sizes

WINDOW, SIGMA = 11, 1.5  # pixels: the Gaussian of the paper
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
_MIDDLE = 127.5
Planes = NDArray[np.float32]  # h x w x 3


@dataclass(frozen=True, eq=False)
class Similarity:
    """Means over a picture per RGB channel, -1..1: SSIM, and its factor of contrast and structure, light left out."""

    whole: NDArray[np.float64]
    structure: NDArray[np.float64]


def ssim(target: Image, output: Image) -> float:
    """Mean SSIM, -1..1, 1 for equal pictures; per RGB channel, range 255, Gaussian window of sigma 1.5 as published.

    Wang, Bovik, Sheikh, Simoncelli: "Image quality assessment: from error visibility to structural similarity" (TIP
    2004). Raises ValueError when the pictures differ in size or have a side under 11 pixels.
    """
    check_sizes(target, output, WINDOW)
    return float(similarity(planes(target), planes(output)).whole.mean())


def planes(image: Image) -> Planes:
    """The picture about its middle, -127.5..127.5: squares half as long leave float32 two more bits for variances."""
    return image.astype(np.float32) - np.float32(_MIDDLE)


def similarity(x: Planes, y: Planes) -> Similarity:
    """Both means of two pictures (of `planes`), over the windows that lie wholly inside."""
    mean_x, mean_y = _smooth(x), _smooth(y)
    spread = _smooth(x * x + y * y) - mean_x * mean_x - mean_y * mean_y  # variances of x and y
    shared = _smooth(x * y) - mean_x * mean_y  # covariance
    structure = (2 * shared + _C2) / (spread + _C2)
    mean_x += _MIDDLE
    mean_y += _MIDDLE
    light = (2 * mean_x * mean_y + _C1) / (mean_x * mean_x + mean_y * mean_y + _C1)
    return Similarity(_means(light * structure), _means(structure))


def _smooth(values: Planes) -> Planes:
    rim = WINDOW // 2
    return np.asarray(cv2.GaussianBlur(values, (WINDOW, WINDOW), SIGMA)[rim:-rim, rim:-rim], np.float32)


def _means(values: Planes) -> NDArray[np.float64]:
    return np.array(cv2.mean(values)[:3], np.float64)
