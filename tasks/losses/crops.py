"""Faces cut out of pictures as networks want them, with a gradient."""

import torch
from torch import Tensor
from torch.nn import functional

from tasks.nets.identity import SIDE

_FRAME = 256  # px of a face's frame up to which two samples a pixel miss nothing
_FINE = 2  # samples per crop pixel, each way


def arc_crop(pictures: Tensor, arc: Tensor, side: int = SIDE) -> Tensor:
    """Cut n x 3 x side x side faces out of n x 3 x h x w pictures, differentiably, with `arc` as n x 2 x 3.

    Bilinear, averaged over two by two samples, and reflected at the border, as the crops are that judge. Frames of 512
    pixels and more are averaged first. No value steers it but the size of the pictures: a face's crop is the same in
    any company, and nothing waits for a device.
    """
    pictures, arc = _reduced(pictures, arc, max(1, pictures.shape[-1] // _FRAME))
    height, width = pictures.shape[-2:]
    ticks = (torch.arange(side * _FINE, dtype=arc.dtype, device=arc.device) + 0.5) / _FINE - 0.5
    grid = torch.stack(torch.meshgrid(ticks, ticks, indexing="xy"), -1)
    source = (grid[None] - arc[:, None, None, :, 2]) @ _inverse(arc[:, :, :2]).transpose(1, 2)[:, None]
    where = torch.stack([source[..., 0] / (width - 1), source[..., 1] / (height - 1)], -1) * 2 - 1
    fine = functional.grid_sample(
        pictures, where.to(pictures.dtype), mode="bilinear", padding_mode="reflection", align_corners=True
    )
    return functional.avg_pool2d(fine, _FINE)


def _inverse(turn: Tensor) -> Tensor:
    """Of n x 2 x 2 matrices, by their adjugates."""
    (a, b), (c, d) = (row.unbind(1) for row in turn.unbind(1))
    return torch.stack([d, -b, -c, a], 1).view(-1, 2, 2) / (a * d - b * c)[:, None, None]


def _reduced(pictures: Tensor, arc: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """Average over k x k pixels, and the matrices that fit it."""
    if k == 1:
        return pictures, arc
    shift = arc[:, :, 2:] + arc[:, :, :2].sum(2, keepdim=True) * ((k - 1) / 2)
    return functional.avg_pool2d(pictures, k), torch.cat([arc[:, :, :2] * k, shift], 2)
