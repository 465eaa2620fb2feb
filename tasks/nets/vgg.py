"""VGG19's features for the perceptual loss, where its weights are at hand.

Simonyan, Zisserman: "Very Deep Convolutional Networks for Large-Scale Image Recognition" (ICLR 2015); as a loss:
Johnson, Alahi, Fei-Fei: "Perceptual Losses for Real-Time Style Transfer" (ECCV 2016).
"""

import pickle
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn

from tasks.core.errors import UserError
from tasks.faces import registry
from tasks.nets.gabor import Gabor

NAME = "vgg19"
_PLAN = (64, 64, 0, 128, 128, 0, 256, 256, 256, 256, 0, 512, 512, 512, 512)  # 0 halves; up to conv4_4
_TAPS = (2, 7, 16, 25)  # conv1_2, conv2_2, conv3_4, conv4_4 before their ReLU


class Vgg(nn.Module):
    """VGG19 up to conv4_4, frozen: n x 3 x h x w RGB in -1..1 to the feature maps of four depths."""

    mean: Tensor  # 3 x 1 x 1, ImageNet's
    std: Tensor

    def __init__(self) -> None:
        super().__init__()
        for name, values in (("mean", (0.485, 0.456, 0.406)), ("std", (0.229, 0.224, 0.225))):
            self.register_buffer(name, torch.tensor(values)[:, None, None], persistent=False)
        layers: list[nn.Module] = []
        inputs = 3
        for outputs in _PLAN:
            layers += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU()] if outputs else [nn.MaxPool2d(2)]
            inputs = outputs or inputs
        self.features = nn.ModuleList(layers)
        self.requires_grad_(False)

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """Give the features; ImageNet's mean and deviation are taken off here."""
        x: Tensor = ((pictures + 1) / 2 - self.mean) / self.std
        found = []
        for number, layer in enumerate(self.features):
            x = layer(x)
            if number in _TAPS:
                found.append(x)
        return found


def find_vgg() -> Vgg | None:
    """VGG19 from a models folder (torchvision's vgg19-dcbb9e9d.pth), None where it is not at hand."""
    path = registry.find(NAME) if NAME in registry.models() else None
    return load_vgg(path) if path else None


def open_features() -> nn.Module:
    """What gives a picture's features from the finest to the coarsest: VGG19, else the Gabor filters."""
    return find_vgg() or Gabor()


def origin() -> str:
    """What `open_features` would give: "gabor", or the digest of VGG19's file."""
    path = registry.find(NAME) if NAME in registry.models() else None
    return f"vgg19 {registry.file_digest(path)}" if path else "gabor"


def load_vgg(path: Path) -> Vgg:
    """VGG19 from torchvision's state dict; raises UserError where the file holds something else."""
    vgg = Vgg()
    try:
        state = cast(dict[str, Tensor], torch.load(path, map_location="cpu", weights_only=True))
        vgg.load_state_dict({name: state[name] for name in vgg.state_dict()})
    except (KeyError, RuntimeError, pickle.UnpicklingError) as fault:
        raise UserError(f"{path} holds no VGG19 of torchvision ({fault}); delete it or fetch it again") from fault
    return vgg.eval()
