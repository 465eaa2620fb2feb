"""The colours of the whole drawing: the photo's own brought back, or a cast taken away."""

import cv2
import numpy as np
from numpy.typing import NDArray

from tasks.core.image import Image

Lab = NDArray[np.float32]

_THINNED = 512  # pixels of a side from which every fourth tells the spread: 16,000 and more of them


def colour_from(photo: Image, drawing: Image, share: float) -> Image:
    """Mean and spread of a and b moved towards the photo's (Reinhard et al., "Color transfer", 2001); light stays."""
    (goal, wide), (mean, narrow) = _spread(photo), _spread(drawing)
    scale = 1 - share + share * wide / np.maximum(narrow, 1e-3)
    shift = mean + share * (goal - mean) - scale * mean
    affine = np.column_stack([np.diag([1.0, *scale]), [0.0, *shift]])
    return rgb(np.asarray(cv2.transform(lab(drawing), affine), np.float32))


def grey_world(drawing: Image, share: float) -> Image:
    """Red, green and blue scaled towards one mean (Buchsbaum, "A spatial processor model", 1980)."""
    means = np.array(cv2.mean(drawing)[:3])
    gains = 1 + share * (means.mean() / np.maximum(means, 1.0) - 1)
    table = np.rint(np.arange(256)[:, None] * gains).clip(0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(drawing, table[:, None, :]), np.uint8)


def lab(picture: Image) -> Lab:
    """L* 0..100, a* and b* (h x w x 3) of an RGB picture."""
    return np.asarray(cv2.cvtColor(picture.astype(np.float32) / np.float32(255), cv2.COLOR_RGB2LAB), np.float32)


def rgb(picture: Lab) -> Image:
    """RGB 0..255 of L*, a*, b*."""
    return np.asarray(cv2.convertScaleAbs(np.maximum(cv2.cvtColor(picture, cv2.COLOR_LAB2RGB), 0), alpha=255), np.uint8)


def _spread(picture: Image) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and standard deviation of a and b, of every fourth pixel of a large picture's rows and columns."""
    step = 1 if min(picture.shape[:2]) < _THINNED else 4
    mean, deviation = cv2.meanStdDev(lab(picture[::step, ::step]))
    return np.asarray(mean, np.float64).ravel()[1:], np.asarray(deviation, np.float64).ravel()[1:]
