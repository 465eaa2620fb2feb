"""Strokes by direction and size, without a learned weight: what stands in for VGG19 where its weights are not at hand.

Even and odd Gabor filters of eight directions at three sizes, an octave apart, each rectified both ways: the simple
cells of a visual cortex. Daugman: "Uncertainty relation for resolution in space, spatial frequency, and orientation"
(JOSA A, 1985); as a texture: Portilla, Simoncelli, "A Parametric Texture Model Based on Joint Statistics of Complex
Wavelet Coefficients" (IJCV 2000).

How well Gram matrices of grey faces of 128 pixels tell styles apart (drawings that are nearer to another drawing than
to a photo; a stylizer's drawings that are nearer to another drawing of it than to the photo they were drawn from), of
60 (Gabor, random) or 120 (others) pictures a kind: these filters 98 % and 65 %; the embedded face encoder's first
layers 68 % and 21 %, its best single layer 85 % and 18 %; random convolutions 60 % and 38 %; pixels 54 % and 46 %.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from tasks.nets.luma import light

DIRECTIONS = 8
SIZES = 3
WAVELENGTH = 4.0  # px: at 3 they answer to the grid of period 2 that upsampling leaves, and a style loss rewards it
SIDE = 9  # px
GAIN = 10.0  # strokes are faint beside light itself, 0..1


class Gabor(nn.Module):
    """n x 3 x h x w RGB in -1..1 to features of their light, all 0 or more: n x 33 maps at h x w, at a half, a quarter.

    h and w at least 8.
    """

    filters: Tensor  # 16 x 1 x 9 x 9, each of L1 norm 1

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("filters", _bank(), persistent=False)

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """Give the features, from the finest size to the coarsest."""
        seen = light(pictures)
        found = []
        for size in range(SIZES):
            seen = functional.avg_pool2d(seen, 2) if size else seen
            padded = functional.pad(seen, (SIDE // 2,) * 4, mode="replicate")
            answers = GAIN * functional.conv2d(padded, self.filters.to(seen.dtype))
            found.append(torch.cat([answers.relu(), (-answers).relu(), (seen + 1) / 2], 1))
        return found


def _bank() -> Tensor:
    offsets = torch.arange(SIDE) - SIDE // 2
    y, x = torch.meshgrid(offsets, offsets, indexing="ij")
    envelope = torch.exp(-(x**2 + y**2) / (2 * (WAVELENGTH / 2) ** 2))
    turns = [math.pi * i / DIRECTIONS for i in range(DIRECTIONS)]
    waves = [2 * math.pi / WAVELENGTH * (x * math.cos(a) + y * math.sin(a)) for a in turns]
    return torch.stack([_filter(wave, phase, envelope) for wave in waves for phase in (0.0, math.pi / 2)])[:, None]


def _filter(wave: Tensor, phase: float, envelope: Tensor) -> Tensor:
    """One filter: no answer to even light, and at most 1 to a step from 0 to 1."""
    stroke = envelope * torch.cos(wave + phase)
    stroke = stroke - envelope * (stroke.sum() / envelope.sum())
    return stroke / stroke.abs().sum()
