"""Losses that compare what a network sees in two pictures; one value per picture (n)."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

_LEAST = 1e-4  # features much smaller than this are none


def feature_distance(a: Sequence[Tensor], b: Sequence[Tensor]) -> Tensor:
    """Mean L1 between lists of feature maps, each scaled by the size of the second's.

    Feature matching: Wang et al., "High-Resolution Image Synthesis ... with Conditional GANs" (CVPR 2018); with VGG19
    features it is the perceptual loss of Johnson, Alahi, Fei-Fei (ECCV 2016), with its deepest ones alone the content
    loss of AnimeGAN (Chen, Liu, Chen, ISICA 2019).
    """
    return torch.stack([_apart(x, y) for x, y in zip(a, b, strict=True)]).mean(0)


def style_distance(a: Sequence[Tensor], b: Sequence[Tensor]) -> Tensor:
    """Mean L1 between the Gram matrices of two lists of feature maps, each scaled by the size of the second's.

    A style, by which features occur together wherever they are: Gatys, Ecker, Bethge, "Image Style Transfer Using
    Convolutional Neural Networks" (CVPR 2016); L1 in place of their squares is AnimeGAN's.
    """
    return feature_distance([gram(x)[:, None] for x in a], [gram(y)[:, None] for y in b])


def gram(features: Tensor) -> Tensor:
    """The mean product of every two channels over the places of n x c x h x w features: n x c x c."""
    places = features.shape[2] * features.shape[3]
    flat = features.flatten(2) / math.sqrt(places)  # before they are summed, lest float16 overflow
    return flat.matmul(flat.transpose(1, 2))


def _apart(x: Tensor, y: Tensor) -> Tensor:
    size = y.abs().mean(dim=(1, 2, 3))
    return (x - y).abs().mean(dim=(1, 2, 3)) / (size + _LEAST)
