"""Are the colours those of the paired target, to the eye? The mean colour difference CIEDE2000, full-reference."""

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tasks.core.image import Image
from tasks.scores.sizes import check_sizes

Planes = NDArray[np.floating[Any]]  # of float32 where the colours are
_KNEE = 25.0**7  # of the chroma up to which the eye sees more than Lab says
_TURN = 2 * math.pi
_CODES = np.arange(256) / 255
_LINEAR = np.where(_CODES > 0.04045, ((_CODES + 0.055) / 1.055) ** 2.4, _CODES / 12.92).astype(np.float32)
_TO_XYZ = np.array(  # IEC 61966-2-1, of sRGB, each row divided by the white of D65
    [
        [0.412453 / 0.95047, 0.357580 / 0.95047, 0.180423 / 0.95047],
        [0.212671, 0.715160, 0.072169],
        [0.019334 / 1.08883, 0.119193 / 1.08883, 0.950227 / 1.08883],
    ],
    np.float32,
)
_DARK = np.float32((6 / 29) ** 3)  # below it the curve of lightness is a line
_TO_LAB = np.array([[0, 116, 0, -16], [500, -500, 0, 0], [0, 200, -200, 0]], np.float32)


def ciede2000(target: Image, output: Image) -> float:
    """The mean Delta E 00 of two pictures, pixel by pixel; 0 for equal ones, 1 just noticeable, black to white 100.

    Raises ValueError when the pictures differ in size.
    """
    check_sizes(target, output)
    return float(delta_e(_lab(target), _lab(output)).mean(dtype=np.float64))


def delta_e(one: Planes, two: Planes) -> Planes:
    """Delta E 00 of colours in CIE Lab (D65), ... x 3 each; kL = kC = kH = 1.

    CIE 142-2001; Sharma, Wu, Dalal: "The CIEDE2000 color-difference formula: implementation notes, supplementary test
    data, and mathematical observations" (Color Research and Application 2005), equations 2 to 22.
    """
    (light_1, chroma_1, hue_1), (light_2, chroma_2, hue_2) = _adjusted(one, two)
    turn = hue_2 - hue_1
    turn = np.where(turn > math.pi, turn - _TURN, np.where(turn < -math.pi, turn + _TURN, turn))
    grey = chroma_1 * chroma_2 == 0
    hue = np.where(grey, hue_1 + hue_2, _middle(hue_1, hue_2))
    chroma, light = (chroma_1 + chroma_2) / 2, ((light_1 + light_2) / 2 - 50) ** 2
    by_light = (light_2 - light_1) / (1 + 0.015 * light / np.sqrt(20 + light))
    by_chroma = (chroma_2 - chroma_1) / (1 + 0.045 * chroma)
    by_hue = 2 * np.sqrt(chroma_1 * chroma_2) * np.sin(turn / 2) / (1 + 0.015 * chroma * _hue_weight(hue))
    square = by_light**2 + by_chroma**2 + by_hue**2 + _rotation(chroma, hue) * by_chroma * by_hue
    return np.asarray(np.sqrt(np.maximum(square, 0)), one.dtype)


def _adjusted(one: Planes, two: Planes) -> tuple[tuple[Planes, ...], tuple[Planes, ...]]:
    """L, chroma and hue (0..2 pi) of both, the red-green axis stretched where colours are near grey."""
    (light_1, a_1, b_1), (light_2, a_2, b_2) = np.moveaxis(one, -1, 0), np.moveaxis(two, -1, 0)
    stretch = 1.5 - 0.5 * _saturation((np.sqrt(a_1**2 + b_1**2) + np.sqrt(a_2**2 + b_2**2)) / 2)
    return (light_1, *_polar(a_1 * stretch, b_1)), (light_2, *_polar(a_2 * stretch, b_2))


def _polar(a: Planes, b: Planes) -> tuple[Planes, Planes]:
    angle = np.arctan2(b, a)
    return np.sqrt(a**2 + b**2), np.where(angle < 0, angle + _TURN, angle)


def _saturation(chroma: Planes) -> Planes:
    cube = chroma * chroma * chroma  # a power of 7 is a hundred times as slow
    seventh = cube * cube * chroma
    return np.asarray(np.sqrt(seventh / (seventh + _KNEE)))


def _middle(one: Planes, two: Planes) -> Planes:
    """The mean hue, on the shorter way round."""
    mean = (one + two) / 2
    return np.where(np.abs(one - two) <= math.pi, mean, np.where(mean < math.pi, mean + math.pi, mean - math.pi))


def _hue_weight(hue: Planes) -> Planes:
    first, third = 0.17 * np.cos(hue - math.radians(30)), 0.32 * np.cos(3 * hue + math.radians(6))
    return np.asarray(1 - first + 0.24 * np.cos(2 * hue) + third - 0.2 * np.cos(4 * hue - math.radians(63)))


def _rotation(chroma: Planes, hue: Planes) -> Planes:
    """The coupling of chroma and hue among blues."""
    blue = np.exp(-(((hue - math.radians(275)) / math.radians(25)) ** 2))
    return np.asarray(-2 * _saturation(chroma) * np.sin(math.radians(60) * blue))


def _lab(image: Image) -> NDArray[np.float32]:
    """CIE Lab under D65. OpenCV's own takes a short cut through tables that is off by up to 0.4."""
    ratios = cv2.transform(cv2.LUT(image, _LINEAR), _TO_XYZ)
    curved = np.where(ratios > _DARK, np.cbrt(ratios), ratios * np.float32(841 / 108) + np.float32(4 / 29))
    return np.asarray(cv2.transform(curved, _TO_LAB), np.float32)
