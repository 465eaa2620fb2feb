"""Clean lenses: what a generator makes of glasses is kept free of blown-out and coloured flecks the photo has not.

A fleck stands out twice: from its surroundings in the drawing, a median as wide as a lens is high, and from what the
drawing made of the photo's light and colours elsewhere in the lenses. It is taken back by the lesser of both.
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tasks.core.image import Image
from tasks.faces.geometry import Points, invert, resized, similarity_matrix, transform, zoom
from tasks.faces.glasses import glasses
from tasks.faces.landmarks import LEFT_EYE, RIGHT_EYE

WORN = ("glasses", "sunglasses")

_SIDE = 256  # pixels of the picture in which glasses are looked for
# Lenses are ellipses; lengths are in distances between the eyes, from their middle.
_EYES: Points = np.array([[-0.5, 0.0], [0.5, 0.0]])
_CENTRES: Points = np.array([[-0.54, 0.1], [0.54, 0.1]])
_AXES = (0.44, 0.38)
_FEATHER, _MEDIAN, _NEAR = 0.03, 0.36, 0.06  # width of the edge; of the surroundings; how far a highlight may move
_LEAST = np.array([12.0, 8.0, 8.0], np.float32)  # levels of 8-bit L, a, b that are no fleck yet
_COARSE = 64.0  # pixels between the eyes
_BRIGHTER = 75  # percentile of the lenses by which a style's own brightening is told

Plane = NDArray[np.float32]


def guarded(photo: Image, drawing: Image, marks: Points, share: float) -> Image:
    """The drawing with clean lenses; as it is where the photo at the 68 landmarks wears none.

    `share` 0..1 is how much of a fleck is taken away.
    """
    if not worn(photo, marks):
        return drawing
    rows, columns, mask = _lenses(marks, *photo.shape[:2])
    if not mask.any():
        return drawing
    seen, drawn = (cv2.cvtColor(picture[rows, columns], cv2.COLOR_RGB2LAB) for picture in (photo, drawing))
    clean = _clean(np.asarray(seen, np.uint8), np.asarray(drawn, np.uint8), _eye_distance(marks))
    back = cv2.cvtColor(clean, cv2.COLOR_LAB2RGB).astype(np.float32)
    changed = (clean != drawn).any(axis=2, keepdims=True)  # 8-bit Lab and back is not the same to the bit
    found = drawing.copy()
    part = found[rows, columns]
    part[:] = np.rint(part + changed * share * mask[..., None] * (back - part)).clip(0, 255)
    return found


def worn(photo: Image, marks: Points) -> bool:
    """Whether the face wears glasses."""
    scale = min(1.0, _SIDE / max(photo.shape[:2]))
    size = round(photo.shape[1] * scale), round(photo.shape[0] * scale)
    small = photo if scale == 1.0 else np.asarray(cv2.resize(photo, size, interpolation=cv2.INTER_AREA), np.uint8)
    return glasses(small, transform(resized(scale), marks))[0] in WORN


def flecks(photo: Image, drawing: Image, marks: Points) -> float:
    """Share 0..1 of the lenses that flecks take; 0 without glasses."""
    if not worn(photo, marks):
        return 0.0
    rows, columns, mask = _lenses(marks, *photo.shape[:2])
    seen, drawn = (cv2.cvtColor(picture[rows, columns], cv2.COLOR_RGB2LAB) for picture in (photo, drawing))
    beyond = _beyond(np.asarray(seen, np.uint8), np.asarray(drawn, np.uint8), _eye_distance(marks))[1]
    return float(mask[np.abs(beyond).max(axis=2) > 3].sum() / max(mask.sum(), 1.0))


def _clean(seen: Image, drawn: Image, distance: float) -> Image:
    """The drawing's Lab without what stands out too far."""
    light, beyond = _beyond(seen, drawn, distance)
    return np.asarray(np.rint(light - beyond).clip(0, 255), np.uint8)


def _beyond(seen: Image, drawn: Image, distance: float) -> tuple[Plane, Plane]:
    """The drawing's 8-bit Lab, and by how much it stands out further than it may; of lightness only upwards."""
    values = drawn.astype(np.float32)
    one, other = _over(values - _surroundings(drawn, distance), _LEAST), _over(*_against(seen, values, distance))
    least = np.where(np.abs(one) < np.abs(other), one, other) * (one * other > 0)
    least[..., 0] = least[..., 0].clip(0)
    return values, least


def _surroundings(drawn: Image, distance: float) -> Image:
    """The median around each pixel, found in a picture reduced to eyes _COARSE pixels apart."""
    height, width = drawn.shape[:2]
    scale = min(1.0, _COARSE / distance)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = drawn if scale == 1.0 else cv2.resize(drawn, size, interpolation=cv2.INTER_AREA)
    around = cv2.medianBlur(small, 2 * max(1, round(_MEDIAN * distance * scale / 2)) + 1)
    return np.asarray(cv2.resize(around, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def _against(seen: Image, drawn: Plane, distance: float) -> tuple[Plane, Plane]:
    """How far the drawing is from the photo beyond what is usual in these lenses, and how far it may be there."""
    near = np.ones((2 * max(1, round(_NEAR * distance)) + 1,) * 2, np.uint8)
    high, low = (change(seen, near).astype(np.float32) for change in (cv2.dilate, cv2.erode))
    away = drawn - (high + low) / 2
    usual = np.median(away, axis=(0, 1))
    usual[0] = max(0.0, float(np.percentile(away[..., 0], _BRIGHTER)))
    return _plane(away - usual), _plane((high - low) / 2 + _LEAST)


def _plane(values: NDArray[np.floating[Any]]) -> Plane:
    return np.asarray(values, np.float32)


def _over(values: Plane, most: Plane) -> Plane:
    """What of the values is beyond -most .. most."""
    return np.asarray(values - np.clip(values, -most, most), np.float32)


def _lenses(marks: Points, height: int, width: int) -> tuple[slice, slice, Plane]:
    """Rows and columns around both lenses, and how much of each pixel there is lens, 0..1."""
    place = invert(similarity_matrix(_eyes(marks), _EYES))
    middle, unit = transform(place, _CENTRES), zoom(place)
    reach = np.array(_AXES) * unit * 1.15
    start = np.floor(middle.min(axis=0) - reach).clip(0).astype(int)
    end = np.ceil(middle.max(axis=0) + reach).clip(0, [width, height]).astype(int)
    mask = np.zeros((max(end[1] - start[1], 0), max(end[0] - start[0], 0)), np.uint8)
    angle = float(np.degrees(np.arctan2(place[1, 0], place[0, 0])))
    for x, y in middle - start:
        axes = round(_AXES[0] * unit), round(_AXES[1] * unit)
        cv2.ellipse(mask, (round(x), round(y)), axes, angle, 0, 360, 255, -1)
    soft = cv2.GaussianBlur(mask, (0, 0), max(_FEATHER * unit, 0.5)) if mask.size else mask
    return slice(start[1], end[1]), slice(start[0], end[0]), np.asarray(soft / np.float32(255), np.float32)


def _eyes(marks: Points) -> Points:
    return np.array([marks[LEFT_EYE].mean(axis=0), marks[RIGHT_EYE].mean(axis=0)])


def _eye_distance(marks: Points) -> float:
    left, right = _eyes(marks)
    return float(np.hypot(*(right - left)))
