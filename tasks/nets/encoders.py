"""The face encoders that can stand in a loss: the embedded net, or any ONNX recognition network, run in torch."""

from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from tasks.core.errors import UserError, nearest
from tasks.faces import registry
from tasks.faces.onnx_encoder import RECIPES, Recipe, recipe_of
from tasks.nets.identity import WEIGHTS, load_identity
from tasks.nets.onnx_torch import OnnxNet

EMBEDDED = "embedded"


class LossEncoder(nn.Module):
    """A frozen network from aligned faces to unit vectors; the normalisation of its input is part of it."""

    mean: Tensor  # 3 x 1 x 1, of RGB 0..255
    std: Tensor

    def __init__(self, name: str, digest: str, net: nn.Module, recipe: Recipe) -> None:
        super().__init__()
        self.name, self.digest, self.net = name, digest, net
        for buffer, values in (("mean", recipe.mean), ("std", recipe.std)):
            self.register_buffer(buffer, torch.tensor(values)[:, None, None])

    def embed(self, faces: Tensor) -> Tensor:
        """Embed n x 3 x 112 x 112 RGB in -1..1 as n x d of unit length, with a gradient."""
        pixels = (faces + 1) * 127.5
        return functional.normalize(cast(Tensor, self.net((pixels - self.mean) / self.std)))


def open_loss_encoder(name: str, licence: str = "any") -> LossEncoder:
    """Open "embedded", a recognition network of the registry by name, or an ONNX file by path.

    Raises UserError for a name nobody knows, a file that is missing or refused by the licence policy, or a graph
    that torch cannot run.
    """
    if name == EMBEDDED:
        registry.allow_file(WEIGHTS, licence)
        half = Recipe((127.5,) * 3, (127.5,) * 3, 0.0)
        return _encoder(EMBEDDED, WEIGHTS, load_identity(), half)
    if name.endswith(".onnx"):
        path = Path(name)
        if not path.is_file():
            raise UserError(f"identity_encoder {name} does not exist; give embedded, a name or an ONNX file")
        registry.allow_file(path, licence)
        return _encoder(path.stem, path, OnnxNet(path), RECIPES.get(path.stem) or recipe_of(path))
    if name not in RECIPES:
        raise UserError(f"identity_encoder {name!r} is unknown; {nearest(name, [EMBEDDED, *RECIPES])}")
    path = registry.fetch(name, licence)
    return _encoder(name, path, OnnxNet(path), RECIPES[name])


def _encoder(name: str, path: Path, net: nn.Module, recipe: Recipe) -> LossEncoder:
    return LossEncoder(name, registry.file_digest(path).removeprefix("sha256:"), net, recipe).eval()
