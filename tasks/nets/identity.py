"""A small face encoder with a gradient: it stands in the identity loss where no recognition model is at hand.

The architecture is MobileFaceNet's (Chen, Liu, Gao, Han: "MobileFaceNets: Efficient CNNs for Accurate Real-Time Face
Verification on Mobile Devices", 2018) at half its size, with dense first layers, which train faster on a CPU;
`tasks.distill` trains it on dlib's descriptor.
"""

from pathlib import Path
from typing import cast

from torch import Tensor, nn
from torch.nn import functional

from tasks.nets import weights

WEIGHTS = Path("data/models/identity.safetensors")
SIDE = 112
DIMENSIONS = 128


def _conv(inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1) -> list[nn.Module]:
    padding = kernel // 2 if kernel < 7 else 0
    conv = nn.Conv2d(inputs, outputs, kernel, stride, padding, groups=groups, bias=False)
    return [conv, nn.BatchNorm2d(outputs)]


class Bottleneck(nn.Module):
    """Expand, depthwise 3 x 3, project; the input is added where the shape allows it."""

    def __init__(self, inputs: int, outputs: int, expansion: int, stride: int) -> None:
        super().__init__()
        wide = inputs * expansion
        self.adds_input = stride == 1 and inputs == outputs
        self.layers = nn.Sequential(
            *_conv(inputs, wide, 1),
            nn.PReLU(wide),
            *_conv(wide, wide, 3, stride, groups=wide),
            nn.PReLU(wide),
            *_conv(wide, outputs, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map n x inputs x h x w to n x outputs x h/stride x w/stride."""
        out = cast(Tensor, self.layers(x))
        return x + out if self.adds_input else out


class IdentityNet(nn.Module):
    """Aligned face to embedding: n x 3 x 112 x 112 RGB in -1..1 to n x 128 of unit length."""

    def __init__(self) -> None:
        super().__init__()
        plan = [(64, 2, 2, 1), (96, 3, 1, 2), (96, 2, 4, 1), (128, 3, 1, 2), (128, 2, 1, 1)]
        layers = [*_conv(3, 24, 3, stride=2), nn.PReLU(24), *_conv(24, 64, 3, stride=2), nn.PReLU(64)]
        inputs = 64
        for outputs, expansion, count, stride in plan:
            for i in range(count):
                layers.append(Bottleneck(inputs, outputs, expansion, stride if i == 0 else 1))
                inputs = outputs
        layers += [*_conv(inputs, 384, 1), nn.PReLU(384), *_conv(384, 384, 7, groups=384), nn.Flatten()]
        self.trunk = nn.Sequential(*layers)
        self.head = nn.Sequential(nn.Linear(384, DIMENSIONS, bias=False), nn.BatchNorm1d(DIMENSIONS))

    def forward(self, faces: Tensor) -> Tensor:
        """Embed a batch of aligned faces; cosine similarity is the dot product of two rows."""
        return functional.normalize(self.head(self.trunk(faces)))


def load_identity(path: Path = WEIGHTS) -> IdentityNet:
    """Read the distilled net, frozen and in evaluation mode; raises UserError where the file is not one."""
    return weights.shipped(IdentityNet(), path, "identity", "identity")
