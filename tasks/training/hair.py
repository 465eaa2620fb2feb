"""Other hair for a face: its colour moved in Lab while its strands stay.

The field's drawings of dark hair turn green where a style set has next to none; pictures darkened here fill that gap.
"""

import cv2
import numpy as np

from tasks.core.image import Image
from tasks.faces.hair import DRAWN
from tasks.faces.hair_mask import Mask, lab_of

Lab = tuple[float, float, float]

COLOURS: dict[str, Lab] = DRAWN.means
DARK: dict[str, Lab] = {"black": (12.0, 1.0, 0.0), "brown": (21.0, 6.0, 9.0)}


def darkened(picture: Image, mask: Mask, word: str) -> Image:
    """The picture with hair of a colour of DARK; hair that is as dark already stays as it is."""
    return recoloured(picture, mask, DARK[word]) if _mean(lab_of(picture), mask)[0] > DARK[word][0] else picture


def recoloured(picture: Image, mask: Mask, target: Lab) -> Image:
    """The picture with hair whose mean is the target L*, a*, b*; a dark target flattens the strands' contrast."""
    if not mask.any():
        return picture
    lab = lab_of(picture)
    contrast = np.clip(target[0] / 50.0, 0.45, 0.9)
    moved = (lab - _mean(lab, mask)) * np.array([contrast, 0.3, 0.3], np.float32) + np.array(target, np.float32)
    moved[..., 0] = moved[..., 0].clip(0.0, 100.0)
    mixed = cv2.cvtColor(lab + (moved - lab) * mask[..., None], cv2.COLOR_LAB2RGB)
    return np.where(mask[..., None] > 0, np.rint(mixed * 255).clip(0, 255), picture).astype(np.uint8)


def _mean(lab: Mask, mask: Mask) -> Mask:
    return np.asarray(mask.ravel() @ lab.reshape(-1, 3) / max(float(mask.sum()), 1e-6), np.float32)
