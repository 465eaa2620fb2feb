"""A photo that scikit-image carries, and ways to spoil it: the same bytes everywhere, for values of other packages."""

import cv2
import numpy as np
from skimage.data import astronaut

from tasks.core.image import Image


def photo() -> Image:
    """256 x 256, a face in the middle."""
    whole: Image = astronaut()  # type: ignore[no-untyped-call]
    return np.ascontiguousarray(whole[:256, 96:352])


def spoiled(how: str) -> Image:
    picture = photo()
    if how == "noise":
        grain = np.random.default_rng(0).normal(0, 20, picture.shape)
        return np.asarray(np.clip(picture + grain, 0, 255), np.uint8)
    if how == "blur":
        return np.asarray(cv2.GaussianBlur(picture, (9, 9), 2), np.uint8)
    if how == "tint":
        return np.asarray(np.clip(picture * np.array([1.1, 1, 0.85]), 0, 255), np.uint8)
    return np.roll(picture, 3, axis=1)


def plain(value: int, side: int = 64) -> Image:
    return np.full((side, side, 3), value, np.uint8)
