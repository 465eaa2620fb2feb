"""Filters of the whole drawing: fewer speckles, sharper lines, more of the photo."""

import cv2
import numpy as np

from tasks.core.image import Image


def denoise(drawing: Image, sigma: float) -> Image:
    """A bilateral filter (Tomasi and Manduchi, 1998): speckles go, lines stay."""
    return np.asarray(cv2.bilateralFilter(drawing, d=5, sigmaColor=sigma, sigmaSpace=2), np.uint8)


def sharpen(drawing: Image, amount: float) -> Image:
    """An unsharp mask of one pixel's radius."""
    soft = cv2.GaussianBlur(drawing, (0, 0), 1.0)
    return np.asarray(cv2.addWeighted(drawing, 1 + amount, soft, -amount, 0), np.uint8)


def blend(photo: Image, drawing: Image, strength: float) -> Image:
    """The drawing laid over the photo: strength 0 is the photo, to the byte."""
    return np.asarray(cv2.addWeighted(drawing, strength, photo, 1 - strength, 0), np.uint8)
