"""How a drawing is made: in flat areas with outlines (cel), in soft shading (painterly), or without colour.

Proportions, and so `chibi`, are not told: drawings are aligned by a box in which eyes and mouth have nominal places.
"""

import cv2
import numpy as np

from tasks.core.image import Image, resize
from tasks.faces.hair import colourless

ORIGIN = "rule:drawing_style@1"
STYLES = ("cel", "painterly", "monochrome", "chibi", "other")  # the last two only by hand

_SIDE = 256  # pixels at which edges are measured
_SOFT, _HARD = 0.6, 4.0  # Lab units per pixel: paper and flat paint lie below, outlines above
# Shading over outlines: 1.0 at the median of 235 cel drawings, 94 % below the middle; 2.2 for 16 faces that AnimeGANv2
# painted, 15 of them above it; 4.2 for photos.
_MIDDLE, _SLOPE = 1.7, 8.5
_LEAST = 0.6  # probability


def drawing_style(crop: Image) -> tuple[str, float]:
    """'cel', 'painterly' or 'monochrome', and its probability; 'unknown' (score 0) between the first two."""
    if colourless(crop):
        return "monochrome", 1.0
    cel = float(1.0 / (1.0 + np.exp(_SLOPE * np.log(shading(crop) / _MIDDLE))))
    name, chance = ("cel", cel) if cel >= 0.5 else ("painterly", 1.0 - cel)
    return (name, chance) if chance >= _LEAST else ("unknown", 0.0)


def shading(crop: Image) -> float:
    """How many pixels lie on soft gradients for each one on an outline, in a crop reduced to 256 pixels; above 0."""
    small = resize(crop, _SIDE, _SIDE) if crop.shape[0] > _SIDE else crop
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    across, down = (cv2.Sobel(lab, cv2.CV_32F, dx, 1 - dx, scale=1 / 8) for dx in (1, 0))
    steep = np.sqrt((across**2 + down**2).sum(axis=2))
    soft = np.mean((steep >= _SOFT) & (steep < _HARD))
    return float((soft + 0.001) / (np.mean(steep >= _HARD) + 0.01))
