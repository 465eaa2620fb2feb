"""Light and colour apart: BT.601's Y, U and V, and a distance in them. Pictures are n x 3 x h x w RGB in -1..1."""

import torch
from torch import Tensor
from torch.nn import functional

from tasks.nets.luma import light


def grey(pictures: Tensor) -> Tensor:
    """The pictures without their colour, in three equal channels."""
    return light(pictures).expand_as(pictures)


def colour_reconstruction(drawings: Tensor, photos: Tensor) -> Tensor:
    """Mean L1 of Y plus the Huber distances of U and V, on the scale where white is 1; one value per picture (n).

    Chen, Liu, Chen: "AnimeGAN: A Novel Lightweight GAN for Photo Animation" (ISICA 2019), eq. 5. The Huber distance
    lets a drawing's colours be a little off, and holds those that are far off.
    """
    difference = (drawings - photos) / 2
    y = light(difference)
    colours = torch.cat([0.492 * (difference[:, 2:] - y), 0.877 * (difference[:, :1] - y)], 1)
    chroma = functional.huber_loss(colours, torch.zeros_like(colours), reduction="none")
    return y.abs().mean(dim=(1, 2, 3)) + chroma.sum(1).mean(dim=(1, 2))
