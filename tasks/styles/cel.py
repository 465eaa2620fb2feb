"""The cel style: flat colour areas, soft shade steps and ink lines, as animators painted on celluloid.

Three classical steps, free of anyone's weights: edge-preserving smoothing (Tomasi and Manduchi, "Bilateral filtering",
1998), soft luminance quantisation and lines from an extended difference of Gaussians (both Winnemoeller, Olsen and
Gooch, "Real-time video abstraction", 2006; the tanh line response is their XDoG of 2012).
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tasks.core.image import Image

Plane = NDArray[np.float32]


@dataclass(frozen=True)
class Cel:
    """How the cel filter draws; lengths are in pixels of a 256-pixel face crop and grow with the picture."""

    smoothing: int = 3  # bilateral passes
    colour_sigma: float = 22.0  # Lab units that count as one surface
    steps: int = 7  # shades between black and white
    hardness: float = 2.2  # slope of a shade's border: 1 is none at all
    saturation: float = 1.18
    ink_sigma: float = 1.1  # half the width of a line
    ink_gain: float = 9.0  # how fast a line turns black
    ink_depth: float = 0.75  # 0: no ink, 1: black


def cel(image: Image, style: Cel = Cel()) -> Image:
    """The photo as a cel drawing: h x w x 3, RGB, 0..255, pixel-aligned with the input."""
    scale = min(image.shape[:2]) / 256
    lab = np.asarray(cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)
    flat = flatten(lab, style, scale)
    light = quantise(flat[..., 0], style.steps, style.hardness)
    line = ink(flat[..., 0], style, scale)
    flat[..., 0] = light * (1 - style.ink_depth * line)
    flat[..., 1:] *= style.saturation * (1 - 0.5 * line[..., None])
    rgb = cv2.cvtColor(flat, cv2.COLOR_LAB2RGB)
    return np.clip(np.rint(rgb * 255), 0, 255).astype(np.uint8)


def flatten(lab: Plane, style: Cel, scale: float) -> Plane:
    """Lab (L 0..100) with surfaces smoothed and edges kept, by repeated small bilateral filters."""
    for _ in range(style.smoothing):
        smooth = cv2.bilateralFilter(lab, d=0, sigmaColor=style.colour_sigma, sigmaSpace=1.6 * max(scale, 0.5))
        lab = np.asarray(smooth, np.float32)
    return lab


def quantise(light: Plane, steps: int, hardness: float) -> Plane:
    """Luminance 0..100 pulled to the shades 0, 100/steps .. 100; borders stay soft, so that no contour flickers."""
    width = 100 / steps
    border = (np.floor(light / width) + 0.5) * width
    soft = np.tanh((light - border) / width * 2 * hardness) / np.tanh(hardness)
    return np.asarray(border + soft * width / 2, np.float32)


def ink(light: Plane, style: Cel, scale: float) -> Plane:
    """Line strength 0..1: where a pixel is darker than its surroundings, by a difference of Gaussians."""
    sigma = style.ink_sigma * scale
    fine = cv2.GaussianBlur(light, (0, 0), sigma)
    wide = cv2.GaussianBlur(light, (0, 0), sigma * 1.6)
    darker = np.maximum(wide - fine - 0.6, 0) / 100
    return np.asarray(np.tanh(style.ink_gain * darker * 4), np.float32)
