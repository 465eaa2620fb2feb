"""The face encoders that can stand in a loss: the embedded net, or any ONNX recognition network, run in torch."""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from tasks.core.errors import UserError, nearest
from tasks.faces import registry
from tasks.faces.onnx_encoder import RECIPES, Recipe, recipe_of
from tasks.nets.identity import SIDE, WEIGHTS, load_identity
from tasks.nets.losses import hinge_cosine
from tasks.nets.onnx_torch import OnnxNet

EMBEDDED = "embedded"


@dataclass(frozen=True)
class LossEncoder:
    """A frozen network from aligned faces to unit vectors; the normalisation of its input is part of it."""

    name: str
    digest: str
    net: nn.Module
    mean: Tensor  # 3 x 1 x 1, of RGB 0..255
    std: Tensor

    def embed(self, faces: Tensor) -> Tensor:
        """Embed n x 3 x 112 x 112 RGB in -1..1 as n x d of unit length, with a gradient."""
        pixels = (faces + 1) * 127.5
        return functional.normalize(self.net((pixels - self.mean) / self.std))


def open_loss_encoder(name: str, licence: str = "any") -> LossEncoder:
    """Open "embedded", a recognition network of the registry by name, or an ONNX file by path.

    Raises UserError for a name nobody knows, a file that is missing or refused by the licence policy, or a graph
    that torch cannot run.
    """
    if name == EMBEDDED:
        half = Recipe((127.5,) * 3, (127.5,) * 3, 0.0)
        return _encoder(EMBEDDED, WEIGHTS, load_identity(), half)
    if name.endswith(".onnx"):
        path = Path(name)
        if not path.is_file():
            raise UserError(f"finetune.identity_encoder {name} does not exist; give embedded, a name or an ONNX file")
        return _encoder(path.stem, path, OnnxNet(path), RECIPES.get(path.stem) or recipe_of(path))
    if name not in RECIPES:
        raise UserError(f"finetune.identity_encoder {name!r} is unknown; {nearest(name, [EMBEDDED, *RECIPES])}")
    path = registry.fetch(name, licence)
    return _encoder(name, path, OnnxNet(path), RECIPES[name])


def _encoder(name: str, path: Path, net: nn.Module, recipe: Recipe) -> LossEncoder:
    mean, std = (torch.tensor(values)[:, None, None] for values in (recipe.mean, recipe.std))
    return LossEncoder(name, registry.file_digest(path).removeprefix("sha256:"), net, mean, std)


def identity_loss(encoder: LossEncoder, drawings: Tensor, photos: Tensor, arc: Tensor, margin: float = 1.0) -> Tensor:
    """Give `max(0, margin - cosine)` of the drawn and the photographed face, one value per picture (n).

    drawings and photos: n x 3 x h x w in -1..1; arc: n x 2 x 3, from their pixels to the 112-pixel ArcFace crop. The
    gradient flows through the drawing alone: the photo's embedding is a constant. ArcFace: Deng et al. (CVPR 2019).
    """
    with torch.no_grad():
        wanted = encoder.embed(arc_crop(photos, arc))
    return hinge_cosine(encoder.embed(arc_crop(drawings, arc)), wanted, margin)


def arc_crop(pictures: Tensor, arc: Tensor, side: int = SIDE) -> Tensor:
    """Cut n x 3 x side x side faces out of n x 3 x h x w pictures, differentiably, with `arc` as n x 2 x 3.

    Bilinear, after averaging over whole pixels where the picture is at least twice too large; zeros (grey) outside.
    """
    pictures, arc = _reduced(pictures, arc)
    height, width = pictures.shape[-2:]
    back = torch.linalg.inv(arc[:, :, :2])
    grid = torch.stack(torch.meshgrid(*[torch.arange(side, dtype=arc.dtype)] * 2, indexing="xy"), -1)
    source = (grid[None] - arc[:, None, None, :, 2]) @ back.transpose(1, 2)[:, None]
    scale = torch.tensor([width - 1, height - 1], dtype=arc.dtype)
    where = (source / scale * 2 - 1).to(pictures.dtype)
    return functional.grid_sample(pictures, where, mode="bilinear", padding_mode="zeros", align_corners=True)


def _reduced(pictures: Tensor, arc: Tensor) -> tuple[Tensor, Tensor]:
    """Average over k x k pixels where a template pixel spans k or more, and the matrices that fit it."""
    spans = 1 / torch.linalg.det(arc[:, :, :2]).abs().sqrt()
    k = int(spans.min())
    if k < 2:
        return pictures, arc
    turn, shift = arc[:, :, :2] * k, arc[:, :, 2:] + arc[:, :, :2].sum(2, keepdim=True) * ((k - 1) / 2)
    return functional.avg_pool2d(pictures, k), torch.cat([turn, shift], 2)
