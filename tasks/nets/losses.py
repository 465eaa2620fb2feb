"""Losses on drawings, each one value per picture (n), so that a batch can mix pairs that align with pairs that do not.

All pictures are n x 3 x h x w RGB in -1..1.
"""

from collections.abc import Callable, Sequence
from functools import cache

import torch
from torch import Tensor
from torch.nn import functional

Loss = Callable[[Tensor, Tensor], Tensor]

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


def feature_distance(a: Sequence[Tensor], b: Sequence[Tensor]) -> Tensor:
    """Mean L1 between lists of feature maps, each scaled by the size of the second's.

    Feature matching: Wang et al., "High-Resolution Image Synthesis ... with Conditional GANs" (CVPR 2018); with VGG19
    features it is the perceptual loss of Johnson, Alahi, Fei-Fei (ECCV 2016).
    """
    terms = [
        (x - y).abs().mean(dim=(1, 2, 3)) / (y.abs().mean(dim=(1, 2, 3)) + 1e-4) for x, y in zip(a, b, strict=True)
    ]
    return torch.stack(terms).mean(0)


def hinge_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """The discriminator's loss, a scalar: real above 1, drawn below -1 (Lim, Ye: "Geometric GAN", 2017)."""
    return functional.relu(1 - real).mean() + functional.relu(1 + fake).mean()


def hinge_generator(fake: Tensor) -> Tensor:
    """The generator's side of the hinge loss: lower where the discriminator takes the drawing for real."""
    return -fake.mean(dim=(1, 2, 3))


def hinge_cosine(a: Tensor, b: Tensor, margin: float) -> Tensor:
    """`max(0, margin - cosine)` of unit embeddings (n x d): margin 1 is the plain `1 - cosine`.

    A margin below 1 stops pulling once the person is recognised, and is steadier (CurricularFace-style identity terms
    use margin 1; see Richardson et al., "Encoding in Style", CVPR 2021).
    """
    return functional.relu(margin - (a * b).sum(1))


def _blurred(x: Tensor) -> Tensor:
    kernel = _gaussian().to(x).expand(x.shape[1], 1, 1, _WINDOW)
    across = functional.conv2d(x, kernel, groups=x.shape[1])
    return functional.conv2d(across, kernel.transpose(2, 3), groups=x.shape[1])


@cache
def _gaussian() -> Tensor:
    offsets = torch.arange(_WINDOW) - _WINDOW // 2
    weights = torch.exp(-(offsets**2) / (2 * _SIGMA**2))
    return weights / weights.sum()
