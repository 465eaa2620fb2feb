"""No green hair: in a drawing the hair's colour is held near the photo's, its lightness and strokes stay.

A style set with next to no dark hair has taught its generators a dark green for it.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from tasks.after.colour import Lab, lab, rgb
from tasks.core.image import Image
from tasks.faces.geometry import Points, resized, transform
from tasks.faces.hair import DRAWN
from tasks.faces.hair_mask import Mask, hair_mask

_SIDE = 256  # pixels of the picture in which colour is judged: the eye sees it no finer, as JPEG's 4:2:0 knows
_VIVID = 2.5  # how many times as vivid as its photo's hair a drawing's may be
_OFF = 6.0  # how far off that line of one hue it may be, in Lab's a and b
_GREEN = 2.0  # and on the green side, where dark hair looks wrong first
_LEAST = 0.5  # of the mask: pixels that tell the photo's colour

Colour = NDArray[np.float32]  # a* and b*


def guarded(photo: Image, drawing: Image, marks: Points, share: float, wanted: str | None = None) -> Image:
    """The drawing with hair of the photo's hue, or of the `wanted` word of tasks.faces.hair.COLOURS.

    As it is where no hair is found at the 68 landmarks. `share` 0..1 is how far a strange colour is brought back.
    """
    scale = min(1.0, _SIDE / max(photo.shape[:2]))
    seen, drawn = (_square(_reduced(picture, scale)) for picture in (photo, drawing))
    mask = hair_mask(seen, transform(resized(scale), marks))
    if not (mask > _LEAST).any():
        return drawing
    target = np.array(DRAWN.means[wanted][1:], np.float32) if wanted else _colour(seen, mask)
    mended = rgb(_held(lab(drawn), mask * np.float32(share), target))
    change = np.where(mask[..., None] > 0, mended.astype(np.float32) - drawn, np.float32(0))
    return _added(drawing, change, scale)


def strange(photo: Image, drawing: Image, marks: Points) -> float | None:
    """How far the drawing's median hair colour is from what `guarded` allows, in Lab; None where no hair is found."""
    scale = min(1.0, _SIDE / max(photo.shape[:2]))
    seen, drawn = (_square(_reduced(picture, scale)) for picture in (photo, drawing))
    mask = hair_mask(seen, transform(resized(scale), marks))
    if not (mask > _LEAST).any():
        return None
    median, target = _colour(drawn, mask), _colour(seen, mask)
    return float(np.linalg.norm(median - _nearest(median[None], target)[0]))


def _held(drawn: Lab, mask: Mask, target: Colour) -> Lab:
    """Each pixel's a and b moved, as far as the mask says, to the nearest that is allowed."""
    rows, columns = np.nonzero(mask)
    old = drawn[rows, columns, 1:]
    drawn[rows, columns, 1:] = old + mask[rows, columns, None] * (_nearest(old, target) - old)
    return drawn


def _nearest(colours: Colour, target: Colour) -> Colour:
    """The nearest colours (n x 2) within _OFF, towards green _GREEN, of the line from grey to _VIVID x the target."""
    end = _VIVID * target
    along = np.clip(colours @ end / max(float(end @ end), 1e-6), 0.0, 1.0)
    foot = along[:, None] * end
    away = colours - foot
    length = np.sqrt((away * away).sum(axis=1, keepdims=True))
    found = foot + away * np.minimum(1.0, _OFF / np.maximum(length, 1e-6))
    found[:, 0] = np.maximum(found[:, 0], min(0.0, float(end[0])) - _GREEN)
    return np.asarray(found, np.float32)


def _colour(picture: Image, mask: Mask) -> Colour:
    """The median a and b of what surely is hair."""
    return np.asarray(np.median(lab(picture[mask > _LEAST][None])[0, :, 1:], axis=0), np.float32)


def _reduced(picture: Image, scale: float) -> Image:
    if scale == 1.0:
        return picture
    size = round(picture.shape[1] * scale), round(picture.shape[0] * scale)
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def _square(picture: Image) -> Image:
    """The picture continued to the right or below, as the mask of hair takes it."""
    height, width = picture.shape[:2]
    side = max(height, width)
    edges = (0, side - height, 0, side - width)
    return picture if height == width else np.asarray(cv2.copyMakeBorder(picture, *edges, cv2.BORDER_REPLICATE))


def _added(drawing: Image, change: NDArray[np.float32], scale: float) -> Image:
    """The drawing with what changed in its reduced picture."""
    height, width = drawing.shape[:2]
    change = change[: round(height * scale), : round(width * scale)]
    fine = change if scale == 1.0 else cv2.resize(change, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.add(drawing, fine, dtype=cv2.CV_8U), np.uint8)
