"""Drawings that lost their lines: what a critic must not take for one, so that the generator draws them clearly.

Chen, Lai, Liu: "CartoonGAN: Generative Adversarial Networks for Photo Cartoonization" (CVPR 2018), section 3.2: edges
are found, widened and blurred there. Their Canny detector is a threshold here: what it thins is widened again. On 40
drawn faces of 256 pixels both mark the same places, but for 14 % of all that either marks.
"""

import torch
from torch import Tensor
from torch.nn import functional

from tasks.nets.luma import light

STEEP = 0.15  # Sobel's slope per pixel of -1..1, across plus down: between the two thresholds of the authors' Canny
SPAN = 5  # px, sides of the square that widens an edge and of the blur's window, as the authors'
SIGMA = 1.1  # px, the spread that OpenCV gives to a window of 5


@torch.no_grad()
def edge_smoothed(pictures: Tensor) -> Tensor:
    """The n x 3 x h x w pictures in -1..1, blurred within 2 pixels of their edges and untouched elsewhere."""
    return torch.where(near_edges(pictures), _blurred(pictures), pictures)


@torch.no_grad()
def near_edges(pictures: Tensor) -> Tensor:
    """Where an edge is at most 2 pixels away, along either axis: n x 1 x h x w of bool."""
    across = torch.tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]]).to(pictures) / 8
    sobel = torch.stack([across, across.T])[:, None]
    slopes = functional.conv2d(functional.pad(light(pictures), (1,) * 4, mode="replicate"), sobel)
    edges = (slopes.abs().sum(1, keepdim=True) > STEEP).to(pictures.dtype)
    return functional.max_pool2d(edges, SPAN, stride=1, padding=SPAN // 2) > 0


def _blurred(pictures: Tensor) -> Tensor:
    offsets = torch.arange(SPAN).to(pictures) - SPAN // 2
    weights = torch.exp(-(offsets**2) / (2 * SIGMA**2))
    kernel = (weights / weights.sum()).expand(pictures.shape[1], 1, 1, SPAN)
    padded = functional.pad(pictures, (SPAN // 2,) * 4, mode="replicate")
    across = functional.conv2d(padded, kernel, groups=pictures.shape[1])
    return functional.conv2d(across, kernel.transpose(2, 3), groups=pictures.shape[1])
