"""Does it look like a clean picture, with no reference at hand? Statistics of local contrast, blind.

The published parameters describe photographs, and a drawing is none: fit them to the style set to judge drawings.
"""

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.special import gamma

from tasks.core.errors import UserError
from tasks.core.image import Image
from tasks.faces import registry

NAME = "niqe_pris_params"
BLOCK = 96  # pixels to a block's side, for which the published parameters hold
LEAST = 2  # blocks with contrast: one block has no covariance
SIZE = 36  # numbers of a block: 18 at each of two scales
_SHARP = 0.75  # of the picture's sharpest block; what is less sharp is no model of a clean picture
_FLAT = np.float32(1e-3)  # grey levels from the local mean: rounding, which must not count as texture
_LUMA = np.array([[65.481, 128.553, 24.966]], np.float32) / 255  # BT.601 in 16..235; its offset cancels
_BICUBIC = np.array([-3, -9, 29, 111, 111, 29, -9, -3], np.float32) / 256  # to half size, antialiased
_SHIFTS = ((0, 1), (1, 0), (1, 1), (1, -1))
_SHAPES = np.arange(0.2, 10.001, 0.001)
_RATIOS = gamma(2 / _SHAPES) ** 2 / (gamma(1 / _SHAPES) * gamma(3 / _SHAPES))  # rises with the shape
Numbers = NDArray[np.float64]
Blocks = NDArray[np.float32]  # n x h x w


@dataclass(frozen=True, eq=False)
class Pristine:
    """The Gaussian that the blocks of clean pictures follow: its mean (36) and covariance (36 x 36)."""

    mean: Numbers
    covariance: Numbers


def niqe(image: Image, pristine: Pristine) -> float:
    """Distance from clean pictures, 0 or more, lower is better; NaN where under two blocks of 96 pixels have contrast.

    Mittal, Soundararajan, Bovik: "Making a 'completely blind' image quality analyzer" (IEEE Signal Processing Letters
    2013), equation 10, on luma; what does not fill a block at the right and below is left out.
    """
    return distance(described(image)[0], pristine)


def distance(rows: Numbers, pristine: Pristine) -> float:
    """The same from a picture's blocks as `described` gives them, n x 36."""
    if len(rows) < LEAST:
        return float("nan")
    gap = pristine.mean - rows.mean(axis=0)
    spread = np.linalg.pinv((pristine.covariance + np.cov(rows, rowvar=False)) / 2, hermitian=True)
    return float(np.sqrt(max(gap @ spread @ gap, 0)))


def fitted(images: Sequence[Image]) -> Pristine:
    """The Gaussian of these pictures' sharp blocks: those with 3/4 or more of the sharpness of their picture's best.

    Raises ValueError where there are not more sharp blocks than numbers to a block (36): no full covariance.
    """
    return fitted_to([described(image) for image in images])


def fitted_to(pictures: Sequence[tuple[Numbers, Numbers]]) -> Pristine:
    """The same from each picture's blocks as `described` gives them."""
    sharp = [rows[sharpness >= _SHARP * sharpness.max(initial=0)] for rows, sharpness in pictures]
    rows = np.concatenate([np.empty((0, SIZE)), *sharp])
    if len(rows) <= SIZE:
        raise ValueError(f"{len(pictures)} pictures have {len(rows)} sharp blocks of {BLOCK} pixels; give more than 36")
    return Pristine(rows.mean(axis=0), np.cov(rows, rowvar=False))


def find_pristine(licence: str = "any") -> Pristine | None:
    """The published parameters from a models folder, None where they are not at hand or the policy refuses them."""
    path = registry.find_allowed(NAME, licence)
    return load_pristine(path) if path else None


def load_pristine(path: Path) -> Pristine:
    """The published parameters; raises UserError where the file holds something else."""
    try:
        with np.load(path) as file:
            mean, covariance = file["mu_pris_param"], file["cov_pris_param"]
            return Pristine(mean.reshape(SIZE), covariance.reshape(SIZE, SIZE))
    except (EOFError, KeyError, ValueError, zipfile.BadZipFile) as fault:
        raise UserError(f"{path} holds no parameters of NIQE ({fault}); delete it or fetch it again") from fault


def described(image: Image) -> tuple[Numbers, Numbers]:
    """36 numbers for each block that has contrast, n x 36, and its sharpness, n: the mean local deviation."""
    height, width = (side // BLOCK * BLOCK for side in image.shape[:2])
    if not height or not width:
        return np.empty((0, SIZE)), np.empty(0)
    pixels = image[:height, :width].astype(np.float32) - np.float32(128)
    luma = np.asarray(cv2.transform(pixels, _LUMA), np.float32)
    near, deviation = _normalised(luma)
    far, _ = _normalised(_halved(luma))
    with np.errstate(divide="ignore", invalid="ignore"):  # of blocks without contrast, left out below
        rows = np.hstack([_statistics(_blocks(near, BLOCK)), _statistics(_blocks(far, BLOCK // 2))])
    known = np.isfinite(rows).all(axis=1)
    return rows[known], _blocks(deviation, BLOCK).mean(axis=(1, 2), dtype=np.float64)[known]


def _normalised(luma: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(x - local mean) / (local deviation + 1) and the deviation, under a Gaussian of 7 x 7: equations 1 to 3."""
    mean = _smooth(luma)
    deviation = np.sqrt(np.abs(_smooth(luma * luma) - mean * mean))
    gap = luma - mean
    gap[np.abs(gap) < _FLAT] = 0
    return gap / (deviation + 1), deviation


def _smooth(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(values, (7, 7), 7 / 6, borderType=cv2.BORDER_REPLICATE), np.float32)


def _halved(luma: NDArray[np.float32]) -> NDArray[np.float32]:
    smooth = cv2.sepFilter2D(luma, cv2.CV_32F, _BICUBIC, _BICUBIC, anchor=(3, 3), borderType=cv2.BORDER_REFLECT)
    return np.ascontiguousarray(smooth[::2, ::2])


def _blocks(values: NDArray[np.float32], side: int) -> Blocks:
    rows, columns = values.shape[0] // side, values.shape[1] // side
    return values.reshape(rows, side, columns, side).swapaxes(1, 2).reshape(-1, side, side)


def _statistics(blocks: Blocks) -> Numbers:
    """Shape and width of each block's values, and of their products with neighbours in four directions: n x 18."""
    shape, left, right = _asymmetric(blocks)
    found = [shape, (left + right) / 2]
    for shift in _SHIFTS:
        shape, left, right = _asymmetric(blocks * np.roll(blocks, shift, axis=(1, 2)))
        found += [shape, (right - left) * gamma(2 / shape) / gamma(1 / shape), left, right]
    return np.stack(found, axis=1)


def _asymmetric(blocks: Blocks) -> tuple[Numbers, Numbers, Numbers]:
    """Shape, left and right width of the asymmetric generalised Gaussian with each block's moments: equations 4 to 7.

    Lasmar, Stitou, Berthoumieu: "Multiscale skewed heavy tailed model for texture analysis" (ICIP 2009).
    """
    values = blocks.reshape(len(blocks), -1)
    low, high = np.minimum(values, 0), np.maximum(values, 0)
    sums = np.stack([_sum(low * low), _sum(high * high)])
    left, right = np.sqrt(sums / [np.count_nonzero(low, axis=1), np.count_nonzero(high, axis=1)])
    ratio, squares = left / right, sums.sum(axis=0) * values.shape[1]
    wanted = _sum(high - low) ** 2 / squares * (ratio**3 + 1) * (ratio + 1) / (ratio**2 + 1) ** 2
    shape = np.interp(wanted, _RATIOS, _SHAPES)
    width = np.sqrt(gamma(1 / shape) / gamma(3 / shape))
    return shape, left * width, right * width


def _sum(values: NDArray[np.float32]) -> Numbers:
    """The sum of each row, pairwise in float32."""
    return np.asarray(values.sum(axis=1), np.float64)
