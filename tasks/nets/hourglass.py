"""A small landmark network with a gradient: it stands in the landmark loss, where dlib's predictor has none.

Heatmaps of a small hourglass and their expected place: Newell, Yang, Deng, "Stacked Hourglass Networks" (ECCV 2016);
Sun, Xiao, Wei, Liang, Wei, "Integral Human Pose Regression" (ECCV 2018). `tasks.distill_landmarks` trains it.
"""

from pathlib import Path
from typing import cast

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from tasks.core.errors import UserError
from tasks.nets.identity import Bottleneck

WEIGHTS = Path("data/models/landmarks.safetensors")
SIDE = 112  # px of a crop
CELLS = 28  # of a heatmap's side
COUNT = 68  # the points of 300-W


class Hourglass(nn.Module):
    """Face to landmarks: n x 3 x 112 x 112 RGB in -1..1 to n x 68 x 2 pixels (x, y) of that crop."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(_conv(3, 16, 3, 2), _conv(16, 32, 3, 2))
        self.fine = nn.Sequential(Bottleneck(32, 32, 2, 1), Bottleneck(32, 32, 2, 1))
        self.middle = nn.Sequential(Bottleneck(32, 64, 2, 2), Bottleneck(64, 64, 2, 1), Bottleneck(64, 64, 2, 1))
        self.coarse = nn.Sequential(
            Bottleneck(64, 96, 2, 2), Bottleneck(96, 96, 2, 1), Bottleneck(96, 96, 2, 1), _conv(96, 64, 1)
        )
        self.rise = _conv(64, 48, 1)
        self.across = _conv(32, 48, 1)
        self.heat = nn.Sequential(_conv(48, 48, 3), nn.Conv2d(48, COUNT, 1))

    def heatmaps(self, faces: Tensor) -> Tensor:
        """The logits of each point's place: n x 68 x 28 x 28."""
        fine = self.fine(self.stem(faces))
        middle = self.middle(fine)
        middle = middle + _twice(self.coarse(middle))
        return cast(Tensor, self.heat(self.across(fine) + _twice(self.rise(middle))))

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
    if not path.is_file():
        raise UserError(f"landmark weights {path} do not exist; restore them with git or make them: make landmarks")
    net = Hourglass()
    state = {name: t.float() if t.is_floating_point() else t for name, t in load_file(path).items()}
    if {k: v.shape for k, v in state.items()} != {k: v.shape for k, v in net.state_dict().items()}:
        raise UserError(f"{path} holds other tensors than this landmark net; restore it with git: git checkout {path}")
    net.load_state_dict(state)
    return net.eval().requires_grad_(False)


def _conv(inputs: int, outputs: int, kernel: int, stride: int = 1) -> nn.Module:
    conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs), nn.PReLU(outputs))


def _twice(x: Tensor) -> Tensor:
    return functional.interpolate(x, scale_factor=2.0, mode="nearest")
