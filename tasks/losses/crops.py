"""Faces cut out of pictures as networks want them, with a gradient."""

import torch
from torch import Tensor
from torch.nn import functional

from tasks.nets.identity import SIDE


def arc_crop(pictures: Tensor, arc: Tensor, side: int = SIDE) -> Tensor:
    """Cut n x 3 x side x side faces out of n x 3 x h x w pictures, differentiably, with `arc` as n x 2 x 3.

    Bilinear, after averaging over whole pixels where the picture is at least twice too large; zeros (grey) outside.
    """
    pictures, arc = _reduced(pictures, arc)
    height, width = pictures.shape[-2:]
    back = torch.linalg.inv(arc[:, :, :2])
    ticks = torch.arange(side, dtype=arc.dtype, device=arc.device)
    grid = torch.stack(torch.meshgrid(ticks, ticks, indexing="xy"), -1)
    source = (grid[None] - arc[:, None, None, :, 2]) @ back.transpose(1, 2)[:, None]
    where = torch.stack([source[..., 0] / (width - 1), source[..., 1] / (height - 1)], -1) * 2 - 1
    where = where.to(pictures.dtype)
    return functional.grid_sample(pictures, where, mode="bilinear", padding_mode="zeros", align_corners=True)


def _reduced(pictures: Tensor, arc: Tensor) -> tuple[Tensor, Tensor]:
    """Average over k x k pixels where a template pixel spans k or more, and the matrices that fit it."""
    spans = 1 / torch.linalg.det(arc[:, :, :2]).abs().sqrt()
    k = int(spans.min())
    if k < 2:
        return pictures, arc
    turn, shift = arc[:, :, :2] * k, arc[:, :, 2:] + arc[:, :, :2].sum(2, keepdim=True) * ((k - 1) / 2)
    return functional.avg_pool2d(pictures, k), torch.cat([turn, shift], 2)
