"""The skin of a face: where it is, its colour, and the tone group of its individual typology angle."""

import cv2
import numpy as np
from numpy.typing import NDArray

from tasks.core.image import Image
from tasks.faces.geometry import Points

ORIGIN = "rule:skin@1"
UNKNOWN = "unknown"

_INWARD = 0.25  # the jaw line itself may be hair, collar or background; this share of the way to the nose is cheek
_TIP = 30
_RIGHT_CHEEK = (1, 2, 3, 4, 48, 31, 28, 40, 41)  # of the person, so on the picture's left; jaw points first
_LEFT_CHEEK = (15, 14, 13, 12, 54, 35, 28, 47, 46)
_JAW_POINTS = 4
_NOSE = (27, 31, 33, 35)

# Upper bounds of the individual typology angle in degrees: Del Bino, Bernerd, "Variations in skin colour and the
# biological consequences of ultraviolet radiation exposure" (British Journal of Dermatology 2013).
_TONES = ((10.0, "brown or dark"), (28.0, "tan"), (41.0, "intermediate"), (np.inf, "light"))
TONES = tuple(name for _, name in _TONES)
_LEAST_YELLOW = 3.0  # b* of skin under white light is 8 and more; below this a lamp or a filter has taken it


def skin(crop: Image, points: Points) -> tuple[str, float]:
    """One of TONES, and the share of the skin's pixels that have this tone each by itself.

    'unknown' (score 0) where the landmarks lie outside the picture or its colours are not those of skin.
    """
    mask = skin_mask(points, *crop.shape[:2])
    if not mask.any() or mean_colour(crop, mask)[2] < _LEAST_YELLOW:
        return UNKNOWN, 0.0
    found = tone(typology_angle(crop, points))
    light, _, blue_yellow = cv2.cvtColor(crop[mask][None].astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[0].T
    bands = np.searchsorted([bound for bound, _ in _TONES], np.degrees(np.arctan2(light - 50, blue_yellow)), "right")
    return found, float(np.mean(bands == TONES.index(found)))


def tone(angle: float) -> str:
    """The skin tone of an individual typology angle in degrees; lamps and shadows move it as make-up does."""
    return UNKNOWN if np.isnan(angle) else next(name for bound, name in _TONES if angle < bound)


def typology_angle(image: Image, points: Points) -> float:
    """The individual typology angle of the skin, atan2(L - 50, b) in degrees: about 55 for light, -30 for dark skin.

    NaN where the landmarks lie outside the picture. Chardon, Cretois, Hourseau: "Skin colour typology and suntanning
    pathways" (International Journal of Cosmetic Science 1991).
    """
    mask = skin_mask(points, *image.shape[:2])
    if not mask.any():
        return float("nan")
    light, _, blue_yellow = mean_colour(image, mask)
    return float(np.degrees(np.arctan2(light - 50, blue_yellow)))


def skin_mask(points: Points, height: int, width: int) -> NDArray[np.bool_]:
    """The pixels (height x width) of cheeks and nose between 68 landmarks: skin without eyes, brows, lips or hair."""
    if np.shape(points) != (68, 2):
        raise ValueError(f"landmarks of shape {np.shape(points)}; they must be 68 x 2")
    marks = np.asarray(points, np.float64)
    mask = np.zeros((height, width), np.uint8)
    for cheek in (_RIGHT_CHEEK, _LEFT_CHEEK):
        polygon = marks[list(cheek)]
        polygon[:_JAW_POINTS] += _INWARD * (marks[_TIP] - polygon[:_JAW_POINTS])
        cv2.fillPoly(mask, [np.rint(polygon).astype(np.int32)], 1)
    cv2.fillPoly(mask, [np.rint(marks[list(_NOSE)]).astype(np.int32)], 1)
    return mask.astype(bool)


def mean_colour(image: Image, mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The mean L*, a* and b* (D65) of the masked pixels, of which there is at least one."""
    pixels = np.ascontiguousarray(image[mask][None], dtype=np.float32) / 255
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2Lab)[0].mean(axis=0), np.float64)
