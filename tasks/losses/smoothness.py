"""Losses that hold areas flat between a drawing's lines; one value per picture (n)."""

from torch import Tensor
from torch.nn import functional

_EDGE = 1.0  # slope from which a line costs by its height, no longer by the square of it; half of the range


def total_variation(pictures: Tensor) -> Tensor:
    """Mean Huber norm of the slopes across and down of n x 3 x h x w pictures in -1..1: small steps add up to nothing.

    Rudin, Osher, Fatemi: "Nonlinear total variation based noise removal algorithms" (Physica D, 1992), in the form of
    AnimeGANv2, half the square of a slope, up to slopes of 1; an edge beyond costs in proportion, lest it be softened.
    """
    across = pictures[..., :, 1:] - pictures[..., :, :-1]
    down = pictures[..., 1:, :] - pictures[..., :-1, :]
    return _huber(across) + _huber(down)


def _huber(slopes: Tensor) -> Tensor:
    flat = slopes.new_zeros(()).expand_as(slopes)
    return functional.huber_loss(slopes, flat, reduction="none", delta=_EDGE).mean(dim=(1, 2, 3))
