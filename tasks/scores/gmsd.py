"""Are the lines where the paired target has them? The spread of the likeness of gradients, full-reference."""

import cv2
import numpy as np
from numpy.typing import NDArray

from tasks.core.image import Image
from tasks.scores.sizes import check_sizes

LEAST = 4  # pixels to a side: two of the halved picture, fewer of which have no spread to speak of
_STABLE = 170.0  # the constant of the paper, for a range of 255
_SMOOTH, _SLOPE = np.ones(3, np.float32) / 3, np.array([1, 0, -1], np.float32)  # Prewitt's operator


def gmsd(target: Image, output: Image) -> float:
    """Gradient magnitude similarity deviation, 0..0.5, usually below 0.35; 0 for equal pictures, lower is nearer.

    A small error everywhere counts less than a large one somewhere: a lost contour shows. On luma halved once.
    Xue, Zhang, Mou, Bovik: "Gradient magnitude similarity deviation: a highly efficient perceptual image quality
    index" (TIP 2014). Raises ValueError when the pictures differ in size or have a side under 4 pixels.
    """
    check_sizes(target, output, LEAST)
    x, y = _gradient(target), _gradient(output)
    return float(((2 * x * y + _STABLE) / (x * x + y * y + _STABLE)).std(dtype=np.float64))


def _gradient(image: Image) -> NDArray[np.float32]:
    """The gradient's magnitude at half size; beyond the border all is black, as in the authors' code."""
    luma = cv2.cvtColor(image.astype(np.float32), cv2.COLOR_RGB2GRAY)
    height, width = luma.shape[0] // 2, luma.shape[1] // 2
    half = cv2.resize(luma[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA)
    across = cv2.sepFilter2D(half, cv2.CV_32F, _SLOPE, _SMOOTH, borderType=cv2.BORDER_CONSTANT)
    down = cv2.sepFilter2D(half, cv2.CV_32F, _SMOOTH, _SLOPE, borderType=cv2.BORDER_CONSTANT)
    return np.asarray(cv2.magnitude(across, down), np.float32)
