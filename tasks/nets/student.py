"""A generator made for deployment: it learns a teacher's drawings and runs on small processors, also in eight bits.

An hourglass with skips (Ronneberger, Fischer, Brox: "U-Net", MICCAI 2015) whose work lies at 1/4 and 1/8 of the side.
It draws the difference to the photo, at half the side in four phases per pixel (Shi et al.: "Real-Time Single Image and
Video Super-Resolution Using an Efficient Sub-Pixel Convolutional Neural Network", CVPR 2016). Plain convolutions, batch
norms that fold into them, ReLU and nearest neighbours: what every runtime fuses and quantises.
"""

import copy
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval

from tasks.nets.modulation import Modulation, modulated

MOMENTUM = 0.05  # of the norms' running statistics: about twenty steps, as a batch holds few pictures
WIDTHS = (32, 64, 80)  # channels at 1/2, 1/4 and 1/8 of the side: multiples of the 16 floats a vector register holds
DEPTH = 3  # residual blocks at 1/8
PARAMETERS = 544_908
LAYOUT = "a student: {}; give weights in the layout stem, to_quarter ... draw_half, head"
DEPTHS = (  # from the last layers to the first
    ("back_half.", "draw_half.", "head."),
    ("back_quarter.", "draw_quarter."),
    ("to_eighth.",),
    ("stem.", "to_quarter."),
)


class ConvNorm(nn.Sequential):
    """Convolution and batch norm, then ReLU unless the sum of a residual comes first; an odd side rounds up."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 3, stride: int = 1, relu: bool = True) -> None:
        layers: list[nn.Module] = [
            nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
            nn.BatchNorm2d(outputs, momentum=MOMENTUM),
        ]
        super().__init__(*layers, *([nn.ReLU(inplace=True)] if relu else []))


class Residual(nn.Module):
    """Two convolutions beside the identity (He et al., CVPR 2016); silent at first."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(ConvNorm(width, width), ConvNorm(width, width, relu=False))
        nn.init.zeros_(self.layers.get_parameter("1.1.weight"))

    def forward(self, x: Tensor) -> Tensor:
        """Map n x width x h x w to the same shape."""
        return functional.relu(x + cast(Tensor, self.layers(x)))


class Student(nn.Module):
    """Photo to drawing: n x 3 x h x w RGB in -1..1 to the same shape and range; h and w at least 16."""

    def __init__(self, widths: tuple[int, int, int] = WIDTHS, depth: int = DEPTH) -> None:
        super().__init__()
        half, quarter, eighth = widths
        self.channels = (eighth, quarter, half)
        self.stem = ConvNorm(3, half, kernel=5, stride=2)
        self.to_quarter = nn.Sequential(ConvNorm(half, quarter, stride=2), ConvNorm(quarter, quarter))
        self.to_eighth = nn.Sequential(ConvNorm(quarter, eighth, stride=2), *(Residual(eighth) for _ in range(depth)))
        self.back_quarter = ConvNorm(eighth, quarter, kernel=1, relu=False)
        self.draw_quarter = nn.Sequential(ConvNorm(quarter, quarter), ConvNorm(quarter, quarter))
        self.back_half = ConvNorm(quarter, half, kernel=1, relu=False)
        self.draw_half = ConvNorm(half, half)
        self.head = nn.Conv2d(half, 12, 3, padding=1)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(cast(Tensor, self.head.bias))

    def forward(self, photo: Tensor, modulation: Modulation | None = None) -> Tensor:
        """Draw a batch of photos; an untrained student gives them back to the bit."""
        half = self.stem(photo)
        quarter = self.to_quarter(half)
        deep = modulated(self.to_eighth(quarter), modulation, 0)
        wide = modulated(self.draw_quarter(_joined(self.back_quarter(deep), quarter)), modulation, 1)
        fine = modulated(self.draw_half(_joined(self.back_half(wide), half)), modulation, 2)
        change = functional.pixel_shuffle(self.head(fine), 2)
        return self._bounded(photo + change[..., : photo.shape[-2], : photo.shape[-1]])

    def _bounded(self, drawing: Tensor) -> Tensor:
        """In training a colour beyond the range keeps its gradient, which could not lead it back otherwise."""
        inside = drawing.clamp(-1, 1)
        return drawing + (inside - drawing).detach() if self.training else inside


def _joined(coarse: Tensor, skip: Tensor) -> Tensor:
    return functional.relu(skip + functional.interpolate(coarse, skip.shape[-2:], mode="nearest"))


def new_student(seed: int) -> Student:
    """An untrained student; it hands the photo on until its head has learned."""
    torch.manual_seed(seed)
    return Student()


def folded(student: Student) -> Student:
    """A copy for inference whose norms are part of its convolutions: the same drawings within rounding."""
    lean = copy.deepcopy(student).eval()
    for module in lean.modules():
        if isinstance(module, ConvNorm):
            convolution, norm = cast(nn.Conv2d, module[0]), cast(nn.BatchNorm2d, module[1])
            module[0], module[1] = fuse_conv_bn_eval(convolution, norm), nn.Identity()
    return lean
