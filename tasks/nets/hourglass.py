"""A small landmark network with a gradient: it stands in the landmark loss, where dlib's predictor has none.

Heatmaps of a small hourglass and their expected place: Newell, Yang, Deng, "Stacked Hourglass Networks" (ECCV 2016);
Sun, Xiao, Wei, Liang, Wei, "Integral Human Pose Regression" (ECCV 2018). `tasks.distill_landmarks` trains it.
"""

from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from tasks.nets import weights

WEIGHTS = Path("data/models/landmarks.safetensors")
SIDE = 112  # px of a crop
FRAME = ((0.9, 0.0, 5.55), (0.0, 0.9, 1.55))  # 2 x 3, from the 112-pixel ArcFace template: room for an open mouth
CELLS = 28  # of a heatmap's side
INNER = slice(17, 68)  # of the 68 points of 300-W: brows, nose, eyes and mouth; no loss looks at the jaw line
COUNT = INNER.stop - INNER.start


class Residual(nn.Module):
    """Two layers whose result is added to their input: 3 x 3, and 3 x 3 where the grid is fine, else by channel."""

    def __init__(self, channels: int, by_channel: bool) -> None:
        super().__init__()
        wide = channels * 2 if by_channel else channels
        spread = [_conv(channels, wide, 1), _conv(wide, wide, 3, groups=wide)] if by_channel else []
        first = spread or [_conv(channels, wide, 3)]
        last = nn.Conv2d(wide, channels, 1 if by_channel else 3, padding=0 if by_channel else 1, bias=False)
        self.layers = nn.Sequential(*first, last, nn.BatchNorm2d(channels))

    def forward(self, x: Tensor) -> Tensor:
        """Map n x c x h x w to its like."""
        return functional.relu(x + self.layers(x))


class Hourglass(nn.Module):
    """Face to landmarks: n x 3 x 112 x 112 RGB in -1..1 to n x 51 x 2 pixels (x, y) of that crop."""

    def __init__(self) -> None:
        super().__init__()
        self.fine = nn.Sequential(_conv(3, 16, 3, 2), _conv(16, 32, 3, 2), Residual(32, False), Residual(32, False))
        self.middle = nn.Sequential(_conv(32, 64, 3, 2), Residual(64, True), Residual(64, True))
        self.coarse = nn.Sequential(_conv(64, 96, 3, 2, 4), Residual(96, True), Residual(96, True), _conv(96, 64, 1))
        self.rise = _conv(64, 32, 1)
        self.heat = nn.Sequential(_conv(32, 48, 3), nn.Conv2d(48, COUNT, 1))

    def heatmaps(self, faces: Tensor) -> Tensor:
        """The logits of each point's place: n x 51 x 28 x 28."""
        fine = self.fine(faces)
        middle = self.middle(fine)
        middle = middle + _twice(self.coarse(middle))
        return cast(Tensor, self.heat(fine + _twice(self.rise(middle))))

    def forward(self, faces: Tensor) -> Tensor:
        """The places expected under the heatmaps."""
        return expected_places(self.heatmaps(faces))


def expected_places(heatmaps: Tensor) -> Tensor:
    """The mean place (n x k x 2, crop pixels) under the softmax of n x k x cells x cells logits."""
    cells = heatmaps.shape[-1]
    likely = heatmaps.flatten(2).softmax(2).view(*heatmaps.shape)
    ticks = centres(cells).to(likely)
    return torch.stack([(likely.sum(2) * ticks).sum(2), (likely.sum(3) * ticks).sum(2)], 2)


def centres(cells: int) -> Tensor:
    """Where the centres of a row of cells lie, in crop pixels with pixel centres at integers."""
    return (torch.arange(cells) + 0.5) * (SIDE / cells) - 0.5


def load_hourglass(path: Path = WEIGHTS) -> Hourglass:
    """Read the distilled net, frozen and in evaluation mode; raises UserError where the file is not one."""
    return weights.shipped(Hourglass(), path, "landmark", "landmarks")


def _conv(inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1) -> nn.Module:
    conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))


def _twice(x: Tensor) -> Tensor:
    return functional.interpolate(x, scale_factor=2.0, mode="nearest")
