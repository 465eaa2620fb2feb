"""Losses that compare what a network sees in two pictures; one value per picture (n)."""

from collections.abc import Sequence

import torch
from torch import Tensor


def feature_distance(a: Sequence[Tensor], b: Sequence[Tensor]) -> Tensor:
    """Mean L1 between lists of feature maps, each scaled by the size of the second's.

    Feature matching: Wang et al., "High-Resolution Image Synthesis ... with Conditional GANs" (CVPR 2018); with VGG19
    features it is the perceptual loss of Johnson, Alahi, Fei-Fei (ECCV 2016).
    """
    terms = [
        (x - y).abs().mean(dim=(1, 2, 3)) / (y.abs().mean(dim=(1, 2, 3)) + 1e-4) for x, y in zip(a, b, strict=True)
    ]
    return torch.stack(terms).mean(0)
