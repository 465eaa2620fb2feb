"""Did the skin change colour? The shift of the mean skin colour in the a, b plane of CIE Lab."""

import cv2
import numpy as np
from numpy.typing import NDArray

from tasks.core.image import Image
from tasks.faces.geometry import Points

_INWARD = 0.25  # the jaw line itself may be hair, collar or background; this share of the way to the nose is cheek
_TIP = 30
_RIGHT_CHEEK = (1, 2, 3, 4, 48, 31, 28, 40, 41)  # of the person, so on the picture's left; jaw points first
_LEFT_CHEEK = (15, 14, 13, 12, 54, 35, 28, 47, 46)
_JAW_POINTS = 4
_NOSE = (27, 31, 33, 35)


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
    skin = np.ascontiguousarray(image[mask][None], dtype=np.float32) / 255
    return np.asarray(cv2.cvtColor(skin, cv2.COLOR_RGB2Lab)[0].mean(axis=0), np.float64)


def chroma_shift(photo: Image, output: Image, points: Points) -> float:
    """sqrt(da^2 + db^2) of the mean skin colours of two pictures of one size; 0 is unchanged, 2.3 just noticeable.

    The region comes from the photo's 68 landmarks and is the same in both pictures. Lightness is left out: a style
    may flatten light and shadow, but not a person's complexion. NaN where the landmarks lie outside the picture.
    CIE 15:2004, section 8.2.
    """
    if photo.shape != output.shape:
        raise ValueError(f"pictures of {photo.shape} and {output.shape}; both must have one size")
    mask = skin_mask(points, *photo.shape[:2])
    if not mask.any():
        return float("nan")
    return float(np.linalg.norm((mean_colour(output, mask) - mean_colour(photo, mask))[1:]))


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
