"""Another camera and another lamp: how a photo's colour and light are varied."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tasks.core.image import Image

Field = NDArray[np.float32]

_LUMA = np.array([0.299, 0.587, 0.114])  # Rec. ITU-R BT.601
_SHADE, _GLOW = 2.0, 0.5  # photographic stops at strength 1: the far side loses more than the near one gains
_WARMTH = 0.6  # stops between red and blue, at strength 1
_CODES = 65535

# IEC 61966-2-1: sRGB to linear light and back.
_CODE = np.arange(256) / 255
_LINEAR = np.where(_CODE <= 0.04045, _CODE / 12.92, ((_CODE + 0.055) / 1.055) ** 2.4).astype(np.float32)
_LEVEL = np.arange(_CODES + 1) / _CODES
_ENCODED = np.rint(255 * np.where(_LEVEL <= 0.0031308, 12.92 * _LEVEL, 1.055 * _LEVEL ** (1 / 2.4) - 0.055))
_ENCODED = _ENCODED.astype(np.uint8)


@dataclass(frozen=True)
class Look:
    """One way to see a photo: factors around 1, and a lamp."""

    brightness: float = 1.0
    contrast: float = 1.0
    saturation: float = 1.0
    lamp: float = 0.0  # its strength, 0 (none) and up
    direction: float = 0.0  # radians, where the lamp is: 0 to the right, clockwise
    warmth: float = 0.0  # -1 blue .. 1 red


def random_look(colour: float, light: float, rng: np.random.Generator) -> Look:
    """Factors of 1 - colour to 1 + colour, and a lamp of up to `light` from a side or from above."""
    brightness, contrast, saturation = (1.0 + colour * rng.uniform(-1.0, 1.0, 3)).tolist()
    lamp, direction, warmth = (rng.uniform([0.0, -np.pi, -1.0], [1.0, 0.0, 1.0])).tolist()
    return Look(brightness, contrast, saturation, light * lamp, direction, warmth)


def seen(photo: Image, look: Look) -> Image:
    """The photo under that look."""
    lit = under_lamp(photo, look) if look.lamp else photo
    return jittered(lit, look) if (look.brightness, look.contrast, look.saturation) != (1.0, 1.0, 1.0) else lit


def jittered(photo: Image, look: Look) -> Image:
    """Brightness, contrast around the mean grey, saturation around each pixel's grey: one affine map of colours."""
    mean = look.brightness * float(np.dot(cv2.mean(photo)[:3], _LUMA))
    turn = look.saturation * np.eye(3) + (1.0 - look.saturation) * _LUMA
    shift = np.full((3, 1), (1.0 - look.contrast) * mean)
    return np.asarray(cv2.transform(photo, np.hstack([look.contrast * look.brightness * turn, shift])), np.uint8)


def under_lamp(photo: Image, look: Look) -> Image:
    """The photo as if a lamp stood on one side: gains of linear light that fall off smoothly across the picture."""
    near = _nearness(len(photo), look.direction)[..., None]
    stops = look.lamp * (_GLOW * near - _SHADE * (1.0 - near))
    tint = look.lamp * look.warmth * _WARMTH / 2 * near * np.array([1.0, 0.0, -1.0], np.float32)
    light = _LINEAR[photo] * np.exp2(stops + tint)
    return np.asarray(_ENCODED[np.minimum(light * _CODES + 0.5, _CODES).astype(np.uint16)], np.uint8)


def _nearness(size: int, direction: float) -> Field:
    """How much of the lamp reaches each pixel (size x size): 0 on the far side, 1 on the near one, smooth between."""
    across = np.linspace(-1.0, 1.0, size, dtype=np.float32)
    along = np.cos(direction) * across + np.sin(direction) * across[:, None]
    share = np.clip((along + 1.0) / 2.0, 0.0, 1.0)
    return np.asarray(share * share * (3.0 - 2.0 * share), np.float32)
