"""The steps after the generator, each on or off: pure functions from the photo and the drawing to a drawing."""

from dataclasses import dataclass

import cv2
import numpy as np

from tasks.core.errors import require
from tasks.core.image import Image


@dataclass(frozen=True)
class Steps:
    """Which steps run, in the order of the fields; 0 switches one off."""

    denoise: float = 0.0  # bilateral filter: grey levels that count as noise
    colour: float = 0.0  # share 0..1 of the photo's colour cast and spread taken over, in Lab's a and b
    sharpen: float = 0.0  # amount of an unsharp mask
    strength: float = 1.0  # 0 is the photo, 1 is the drawing

    def __post_init__(self) -> None:
        require(0 <= self.denoise <= 100, f"stylize.denoise is {self.denoise}; use 0 (off) to 100 grey levels")
        require(0 <= self.colour <= 1, f"stylize.colour is {self.colour}; use 0 (off) to 1")
        require(0 <= self.sharpen <= 3, f"stylize.sharpen is {self.sharpen}; use 0 (off) to 3")
        require(0 <= self.strength <= 1, f"stylize.strength is {self.strength}; use 0 (the photo) to 1 (the drawing)")


def finish(photo: Image, drawing: Image, steps: Steps) -> Image:
    """The drawing after every step that is on; both pictures are h x w x 3, RGB, 0..255."""
    if steps.denoise:
        drawing = denoise(drawing, steps.denoise)
    if steps.colour:
        drawing = colour_from(photo, drawing, steps.colour)
    if steps.sharpen:
        drawing = sharpen(drawing, steps.sharpen)
    return drawing if steps.strength == 1 else blend(photo, drawing, steps.strength)


def denoise(drawing: Image, sigma: float) -> Image:
    """A bilateral filter: speckles go, lines stay."""
    return np.asarray(cv2.bilateralFilter(drawing, d=5, sigmaColor=sigma, sigmaSpace=2), np.uint8)


def colour_from(photo: Image, drawing: Image, share: float) -> Image:
    """Mean and spread of a and b moved towards the photo's (Reinhard et al., "Color transfer", 2001); light stays."""
    source, target = (cv2.cvtColor(p.astype(np.float32) / 255, cv2.COLOR_RGB2LAB) for p in (photo, drawing))
    there, here = source[..., 1:], target[..., 1:]
    spread = there.std(axis=(0, 1)) / np.maximum(here.std(axis=(0, 1)), 1e-3)
    moved = (here - here.mean(axis=(0, 1))) * spread + there.mean(axis=(0, 1))
    target[..., 1:] = (1 - share) * here + share * moved
    return np.asarray(np.clip(np.rint(cv2.cvtColor(target, cv2.COLOR_LAB2RGB) * 255), 0, 255), np.uint8)


def sharpen(drawing: Image, amount: float) -> Image:
    """An unsharp mask of one pixel's radius."""
    soft = cv2.GaussianBlur(drawing, (0, 0), 1.0)
    return np.asarray(cv2.addWeighted(drawing, 1 + amount, soft, -amount, 0), np.uint8)


def blend(photo: Image, drawing: Image, strength: float) -> Image:
    """The drawing laid over the photo: strength 0 is the photo, to the byte."""
    return np.asarray(cv2.addWeighted(drawing, strength, photo, 1 - strength, 0), np.uint8)
