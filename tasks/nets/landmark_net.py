"""The landmark networks that can stand in a loss: the embedded one, or the registry's PFLD, run in torch."""

from dataclasses import dataclass
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn

from tasks.core.errors import UserError, nearest
from tasks.faces import registry
from tasks.nets.hourglass import COUNT, FRAME, SIDE, WEIGHTS, load_hourglass
from tasks.nets.onnx_torch import OnnxNet

EMBEDDED = "embedded"


@dataclass(frozen=True)
class View:
    """What a landmark network wants to see, and which of its points count.

    crop: 2 x 3, from the 112-pixel ArcFace template to its 112-pixel crop; shift and scale: of RGB in -1..1; unit:
    crop pixels per unit of its output; inner: its points of brows, eyes, nose and mouth.
    """

    crop: tuple[tuple[float, float, float], tuple[float, float, float]]
    shift: float
    scale: float
    unit: float
    inner: slice


# Of features that were moved by a twentieth of the eyes' distance, the hourglass follows eyes and mouth at a
# correlation of 0.66 to 0.90, PFLD at 0.41 to 0.69 (50 pictures of five people that the hourglass never saw).
_HOURGLASS = View(FRAME, 0.0, 1.0, 1.0, slice(0, COUNT))
# PFLD's frame was found by search: of 24 that were tried, this one brings it nearest to dlib's eyes, nose and mouth.
_PFLD = View(((1.12, 0.0, -6.66), (0.0, 1.12, -24.58)), 1.0, 0.5, float(SIDE), slice(33, 106))
VIEWS = {"pfld-106-lite": _PFLD}


class LandmarkNet(nn.Module):
    """A frozen network from faces to places; the frame and the range of its input are part of it."""

    crop: Tensor  # 2 x 3, from the ArcFace template

    def __init__(self, name: str, digest: str, net: nn.Module, view: View) -> None:
        super().__init__()
        self.name, self.digest, self.net, self.view = name, digest, net, view
        self.register_buffer("crop", torch.tensor(view.crop))

    def forward(self, faces: Tensor) -> Tensor:
        """The inner points (n x k x 2, x and y in crop pixels) of n x 3 x 112 x 112 RGB in -1..1, with a gradient."""
        found = cast(Tensor, self.net((faces + self.view.shift) * self.view.scale))
        return found.float().reshape(len(faces), -1, 2)[:, self.view.inner] * self.view.unit


def open_landmark_net(name: str, licence: str = "any") -> LandmarkNet:
    """Open "embedded", or a landmark network of the registry by name.

    Raises UserError for a name nobody knows, a file that is refused by the licence policy, or one that is not at hand.
    """
    if name == EMBEDDED:
        registry.allow_file(WEIGHTS, licence)
        return _landmark_net(EMBEDDED, WEIGHTS, load_hourglass(), _HOURGLASS)
    if name not in VIEWS:
        raise UserError(f"landmark_net {name!r} is unknown; {nearest(name, [EMBEDDED, *VIEWS])}")
    path = registry.fetch(name, licence)
    return _landmark_net(name, path, OnnxNet(path, "output"), VIEWS[name])


def _landmark_net(name: str, path: Path, net: nn.Module, view: View) -> LandmarkNet:
    return LandmarkNet(name, registry.file_digest(path).removeprefix("sha256:"), net, view).eval().requires_grad_(False)
