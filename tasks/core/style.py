"""What a picture's colours and strokes are like, in numbers: to tell drawings of one style from those of another."""

import cv2
import numpy as np
from numpy.typing import NDArray

from tasks.core.image import Image, resize

SIDE = 128  # every picture is brought to one size first: strokes are compared at one scale
_SCALES = (1, 2, 4)
_EDGES = np.array([0, 1, 2, 4, 8, 16, 32, 64, np.inf])  # of the gradient, in L units per pixel: nearly log-spaced
_NEIGHBOURS = ((-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1))


def descriptor(image: Image) -> NDArray[np.float64]:
    """A picture's colours and strokes in 78 numbers, each about 0..1: the same pixels, the same numbers.

    9 moments of L, a, b; 9 shares of colour in the a, b plane; and at full, half and quarter size 8 shares of the
    gradient of L (flat areas, shading, ink) and 10 + 2 of its uniform local binary patterns (Ojala, Pietikainen,
    Maenpaa: "Multiresolution gray-scale and rotation invariant texture classification with LBP", PAMI 2002).
    """
    square = resize(image, SIDE, SIDE).astype(np.float32) / 255
    lab = np.asarray(cv2.cvtColor(square, cv2.COLOR_RGB2Lab), np.float64)
    parts = [_moments(lab), _colours(lab)]
    for scale in _SCALES:
        light = np.asarray(
            cv2.resize(lab[..., 0], (SIDE // scale, SIDE // scale), interpolation=cv2.INTER_AREA), np.float64
        )
        parts += [_gradients(light), _patterns(light)]
    return np.concatenate(parts)


def _moments(lab: NDArray[np.float64]) -> NDArray[np.float64]:
    pixels = lab.reshape(-1, 3) / 100
    mean, spread = pixels.mean(axis=0), pixels.std(axis=0)
    skew = np.cbrt(((pixels - mean) ** 3).mean(axis=0))
    return np.concatenate([mean, spread, skew])


def _colours(lab: NDArray[np.float64]) -> NDArray[np.float64]:
    edges = np.array([-200, -6, 6, 200])  # 6: less is grey to the eye
    counts, _, _ = np.histogram2d(lab[..., 1].ravel(), lab[..., 2].ravel(), bins=(edges, edges))
    return np.asarray(counts.ravel() / counts.sum(), np.float64)


def _gradients(light: NDArray[np.float64]) -> NDArray[np.float64]:
    across, down = np.gradient(light, axis=1), np.gradient(light, axis=0)
    counts, _ = np.histogram(np.hypot(across, down), bins=_EDGES)
    return np.asarray(counts / counts.sum(), np.float64)


def _patterns(light: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shares of the 10 rotation-invariant uniform patterns of 8 neighbours, and mean and spread of their contrast."""
    centre = light[1:-1, 1:-1]
    height, width = light.shape
    ring = np.stack([light[1 + y : height - 1 + y, 1 + x : width - 1 + x] for y, x in _NEIGHBOURS])
    brighter = ring - centre > 0.5  # half an L unit: noise of 8-bit pictures is no pattern
    changes = (brighter != np.roll(brighter, 1, axis=0)).sum(axis=0)
    kind = np.where(changes <= 2, brighter.sum(axis=0), 9)
    contrast = ring.std(axis=0) / 25
    return np.append(np.bincount(kind.ravel(), minlength=10) / kind.size, [contrast.mean(), contrast.std()])
