"""How near is the output to its paired target, as people see it? LPIPS, where its weights are at hand; full-reference.

Zhang, Isola, Efros, Shechtman, Wang: "The unreasonable effectiveness of deep features as a perceptual metric" (CVPR
2018), version 0.1 over AlexNet, which the authors recommend for judging.
"""

import pickle
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn

from tasks.core.errors import UserError
from tasks.core.image import Image
from tasks.faces import registry
from tasks.scores.sizes import check_sizes

ALEXNET, LINEAR = "alexnet", "lpips_alex"  # in the registry: the features, and how much each of them counts
LEAST = 64  # pixels to a side: less, and nothing is left after AlexNet's second pooling
_TAPS = (1, 4, 7, 9, 11)  # after each ReLU
_WIDTHS = (64, 192, 384, 256, 256)
_SHIFT, _SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)  # ImageNet's mean and deviation, for -1..1
_EPSILON = 1e-10


class Lpips(nn.Module):
    """AlexNet's five depths and a weight for each of their 1152 channels, frozen."""

    shift: Tensor  # 3 x 1 x 1
    scale: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(  # numbered as torchvision does
            *(nn.Conv2d(3, 64, 11, 4, 2), nn.ReLU(), nn.MaxPool2d(3, 2)),
            *(nn.Conv2d(64, 192, 5, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2)),
            *(nn.Conv2d(192, 384, 3, padding=1), nn.ReLU()),
            *(nn.Conv2d(384, 256, 3, padding=1), nn.ReLU()),
            *(nn.Conv2d(256, 256, 3, padding=1), nn.ReLU()),
        )
        self.linear = nn.ParameterList([torch.ones(width) for width in _WIDTHS])
        self.register_buffer("shift", torch.tensor(_SHIFT)[:, None, None], persistent=False)
        self.register_buffer("scale", torch.tensor(_SCALE)[:, None, None], persistent=False)
        self.requires_grad_(False)

    def forward(self, one: Tensor, two: Tensor) -> Tensor:
        """The distances, n, of n x 3 x h x w pictures, RGB in -1..1: not 0..1, which gives other values."""
        depths = zip(self._directions(one), self._directions(two), self.linear, strict=True)
        apart = [((a - b).square() * weight[:, None, None]).sum(dim=1).mean(dim=(1, 2)) for a, b, weight in depths]
        return torch.stack(apart).sum(dim=0)

    def _directions(self, pictures: Tensor) -> list[Tensor]:
        """What each depth gives, every pixel's channels brought to length one."""
        x: Tensor = (pictures - self.shift) / self.scale
        found = []
        for number, layer in enumerate(self.features):
            x = layer(x)
            if number in _TAPS:
                found.append(x / (x.square().sum(dim=1, keepdim=True).sqrt() + _EPSILON))
        return found


def lpips(net: Lpips, target: Image, output: Image) -> float:
    """The perceptual distance, 0 for equal pictures, about 0.7 for unrelated ones; lower is nearer.

    Raises ValueError when the pictures differ in size or have a side under 64 pixels.
    """
    check_sizes(target, output, LEAST)
    with torch.inference_mode():
        return float(net(_tensor(target), _tensor(output)))


def find_lpips(licence: str = "any") -> Lpips | None:
    """The network from a models folder, None where one of its two files is not at hand or refused: see `missing`."""
    features, linear = (registry.find_allowed(name, licence) for name in (ALEXNET, LINEAR))
    return load_lpips(features, linear) if features and linear else None


def missing(licence: str = "any") -> list[str]:
    """The names in the registry of what `find_lpips` does not find."""
    return [name for name in (ALEXNET, LINEAR) if not registry.find_allowed(name, licence)]


def load_lpips(features: Path, linear: Path) -> Lpips:
    """From torchvision's AlexNet and the authors' linear weights; UserError where a file holds something else."""
    net = Lpips()
    kept, weights = _state(features), _state(linear)
    try:
        net.features.load_state_dict({name: kept[f"features.{name}"] for name in net.features.state_dict()})
        for number, width in enumerate(_WIDTHS):
            net.linear[number].copy_(weights[f"lin{number}.model.1.weight"].reshape(width))
    except (KeyError, RuntimeError) as fault:
        raise UserError(f"{features} and {linear} are no LPIPS over AlexNet ({fault}); fetch them again") from fault
    return net.eval()


def _state(path: Path) -> dict[str, Tensor]:
    try:
        return cast(dict[str, Tensor], torch.load(path, map_location="cpu", weights_only=True))
    except (EOFError, IndexError, RuntimeError, pickle.UnpicklingError) as fault:
        raise UserError(f"{path} holds no weights ({fault}); delete it or fetch it again") from fault


def _tensor(image: Image) -> Tensor:
    return torch.from_numpy(image.transpose(2, 0, 1).copy())[None].float() / 127.5 - 1
