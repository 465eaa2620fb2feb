"""The colours of the whole drawing: the photo's own brought back, or a cast taken away."""

import cv2
import numpy as np
from numpy.typing import NDArray

from tasks.core.image import Image

Lab = NDArray[np.float32]


def colour_from(photo: Image, drawing: Image, share: float) -> Image:
    """Mean and spread of a and b moved towards the photo's (Reinhard et al., "Color transfer", 2001); light stays."""
    there, target = lab(photo)[..., 1:], lab(drawing)
    (goal, wide), (mean, narrow) = _spread(there), _spread(target[..., 1:])
    scale = 1 - share + share * wide / np.maximum(narrow, 1e-3)
    target[..., 1:] = (target[..., 1:] - mean) * scale + (mean + share * (goal - mean))
    return rgb(target)


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


def _spread(ab: Lab) -> tuple[Lab, Lab]:
    """Mean and standard deviation of both channels."""
    mean, deviation = cv2.meanStdDev(ab)
    return mean.ravel().astype(np.float32), deviation.ravel().astype(np.float32)
