"""Losses that compare two pictures pixel by pixel, each one value per picture (n).

One value per picture, so that a batch can mix pairs that align with pairs that do not. All pictures are n x 3 x h x w
RGB in -1..1.
"""

from functools import cache

import torch
from torch import Tensor
from torch.nn import functional

_WINDOW, _SIGMA = 11, 1.5  # as published


def l1(a: Tensor, b: Tensor) -> Tensor:
    """Mean absolute difference, 0..2."""
    return (a - b).abs().mean(dim=(1, 2, 3))


def colour(a: Tensor, b: Tensor) -> Tensor:
    """Mean absolute difference of the two chrominances (U, V of BT.601), 0..2: the colour, whatever the light.

    The colour reconstruction loss of AnimeGAN (Chen, Liu, Chen, ISICA 2019). In L1 over RGB an error of brightness,
    which moves all channels alike, hides the smaller error of hue until the brightness is right.
    """
    red, green, blue = (a - b).unbind(1)
    light = 0.299 * red + 0.587 * green + 0.114 * blue
    return (0.492 * (blue - light).abs() + 0.877 * (red - light).abs()).mean(dim=(1, 2)) / 2


def gradient_l1(a: Tensor, b: Tensor) -> Tensor:
    """Mean absolute difference of the horizontal and the vertical slopes: it sharpens lines that L1 leaves soft.

    Mathieu, Couprie, LeCun: "Deep multi-scale video prediction beyond mean square error" (ICLR 2016), with exponent 1.
    """
    d = a - b
    across, down = d[..., :, 1:] - d[..., :, :-1], d[..., 1:, :] - d[..., :-1, :]
    return across.abs().mean(dim=(1, 2, 3)) + down.abs().mean(dim=(1, 2, 3))


def ssim(a: Tensor, b: Tensor) -> Tensor:
    """Structural similarity, 1 for equal pictures, over the RGB channels; h and w at least 11.

    Wang, Bovik, Sheikh, Simoncelli: "Image Quality Assessment" (IEEE TIP 2004): Gaussian window of 11 pixels.
    """
    maps = torch.cat([a, b, a * a, b * b, a * b])
    mean_a, mean_b, aa, bb, ab = _blurred(maps).chunk(5)
    c1, c2 = (0.01 * 2) ** 2, (0.03 * 2) ** 2
    light = (2 * mean_a * mean_b + c1) / (mean_a**2 + mean_b**2 + c1)
    structure = (2 * (ab - mean_a * mean_b) + c2) / (aa - mean_a**2 + bb - mean_b**2 + c2)
    return (light * structure).mean(dim=(1, 2, 3))


def _blurred(x: Tensor) -> Tensor:
    kernel = _gaussian().to(x).expand(x.shape[1], 1, 1, _WINDOW)
    across = functional.conv2d(x, kernel, groups=x.shape[1])
    return functional.conv2d(across, kernel.transpose(2, 3), groups=x.shape[1])


@cache
def _gaussian() -> Tensor:
    offsets = torch.arange(_WINDOW) - _WINDOW // 2
    weights = torch.exp(-(offsets**2) / (2 * _SIGMA**2))
    return weights / weights.sum()
