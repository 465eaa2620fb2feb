"""AnimeGANv2's generator, in the state-dict layout of its widely shared PyTorch weights.

Chen, Liu, Chen: "AnimeGAN: A Novel Lightweight GAN for Photo Animation" (ISICA 2019), version 2: layer norms instead
of instance norms, which removes the spots of the first version. 2,143,552 parameters, no skip connections, fully
convolutional.
"""

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from tasks.nets.modulation import Modulation, modulated

PARAMETERS = 2_143_552
LAYOUT = "an AnimeGANv2 generator: {}; give weights in the layout block_a ... block_e, out_layer (2,143,552 parameters)"
DEPTHS = (  # from the last layers to the first
    ("block_e.1.", "block_e.2.", "out_layer."),
    ("block_e.0.", "block_d."),
    ("block_c.",),
    ("block_b.",),
    ("block_a.",),
)
COLOUR_GAIN = 4.0
Padding = int | tuple[int, int, int, int]

_HALVING: Padding = (0, 1, 0, 1)  # right and bottom only, so that an even side halves exactly


class ConvNormLReLU(nn.Sequential):
    """Reflect padding, convolution, norm over C x H x W, LeakyReLU 0.2."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int = 3,
        stride: int = 1,
        padding: Padding = 1,
        groups: int = 1,
        bias: bool = False,
    ) -> None:
        super().__init__(
            nn.ReflectionPad2d(padding),
            nn.Conv2d(inputs, outputs, kernel, stride, groups=groups, bias=bias),
            nn.GroupNorm(1, outputs),
            nn.LeakyReLU(0.2, inplace=True),
        )


class InvertedResidual(nn.Module):
    """Expand by two, depthwise 3 x 3, project; the input is added where the channels allow it (MobileNetV2)."""

    def __init__(self, inputs: int, outputs: int, expansion: int = 2) -> None:
        super().__init__()
        wide = inputs * expansion
        self.adds_input = inputs == outputs
        self.layers = nn.Sequential(
            ConvNormLReLU(inputs, wide, kernel=1, padding=0),
            ConvNormLReLU(wide, wide, groups=wide, bias=True),
            nn.Conv2d(wide, outputs, 1, bias=False),
            nn.GroupNorm(1, outputs),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map n x inputs x h x w to n x outputs x h x w."""
        out = cast(Tensor, self.layers(x))
        return x + out if self.adds_input else out


class Generator(nn.Module):
    """Photo to drawing: n x 3 x h x w RGB in -1..1 to the same shape and range; h and w at least 16."""

    channels = (128, 128, 32)

    def __init__(self) -> None:
        super().__init__()
        self.block_a = nn.Sequential(
            ConvNormLReLU(3, 32, kernel=7, padding=3),
            ConvNormLReLU(32, 64, stride=2, padding=_HALVING),
            ConvNormLReLU(64, 64),
        )
        self.block_b = nn.Sequential(ConvNormLReLU(64, 128, stride=2, padding=_HALVING), ConvNormLReLU(128, 128))
        self.block_c = nn.Sequential(
            ConvNormLReLU(128, 128),
            InvertedResidual(128, 256),
            InvertedResidual(256, 256),
            InvertedResidual(256, 256),
            InvertedResidual(256, 256),
            ConvNormLReLU(256, 128),
        )
        self.block_d = nn.Sequential(ConvNormLReLU(128, 128), ConvNormLReLU(128, 128))
        self.block_e = nn.Sequential(
            ConvNormLReLU(128, 64), ConvNormLReLU(64, 64), ConvNormLReLU(64, 32, kernel=7, padding=3)
        )
        self.out_layer = nn.Sequential(nn.Conv2d(32, 3, 1, bias=False), nn.Tanh())

    def forward(self, photo: Tensor, modulation: Modulation | None = None) -> Tensor:
        """Draw a batch of photos; every image is normalised over its whole frame, so tiles are not independent."""
        half = self.block_a(photo)
        quarter = modulated(self.block_c(self.block_b(half)), modulation, 0)
        up = modulated(self.block_d(_resized(quarter, half)), modulation, 1)
        fine = modulated(self.block_e(_resized(up, photo)), modulation, 2)
        return cast(Tensor, self.out_layer(fine))


def _resized(x: Tensor, like: Tensor) -> Tensor:
    return functional.interpolate(x, like.shape[-2:], mode="bilinear", align_corners=True)


def new_generator(seed: int) -> Generator:
    """An untrained generator that hands light and colour on from its first layer to its last.

    Without skip connections, random layers squash what is small in photos, first of all colour: training finds the
    light at once, red against green late and blue against yellow last. So every convolution starts near the identity
    (Zagoruyko, Komodakis: "DiracNets", 2017), the first filters come in pairs of opposite sign, so that no sign is
    lost in the LeakyReLUs (Balduzzi et al.: "The Shattered Gradients Problem", ICML 2017), and answer to differences
    of channels COLOUR_GAIN times, and the residual branches start silent.
    """
    torch.manual_seed(seed)
    generator = Generator()
    with torch.no_grad():
        for name, module in generator.named_modules():
            if isinstance(module, InvertedResidual) and module.adds_input:
                module.layers[-1].get_parameter("weight").zero_()
            if isinstance(module, nn.Conv2d) and name != "out_layer.0":
                (_see if module.in_channels == 3 else _hand_on)(module.weight)
    return generator


def _see(filters: Tensor) -> None:
    grey = filters.mean(1, keepdim=True)
    filters.copy_(grey + COLOUR_GAIN * (filters - grey))
    half = len(filters) // 2
    filters[half:] = -filters[:half]


def _hand_on(filters: Tensor) -> None:
    """Quieter random filters, plus one that copies channel c, or its like where there are more or fewer channels."""
    filters.mul_(0.5)
    middle = filters.shape[-1] // 2
    for channel in range(len(filters)):
        filters[channel, channel % filters.shape[1], middle, middle] += 1
