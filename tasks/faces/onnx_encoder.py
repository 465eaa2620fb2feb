"""Face recognition networks as ONNX files: each on its own input, all on the 112-pixel ArcFace crop."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray

from tasks.core.errors import UserError
from tasks.core.image import Image
from tasks.faces import registry
from tasks.faces.backend import Embedding
from tasks.faces.geometry import ARC_SIZE, Points, arc_matrix, warp
from tasks.faces.onnx_session import open_session

Channels = tuple[float, float, float]


@dataclass(frozen=True)
class Recipe:
    """How a network wants its RGB crop, (x - mean) / std on 0..255, and where its threshold lies (cosine)."""

    mean: Channels
    std: Channels
    same: float


_RAW: Channels = (0.0, 0.0, 0.0)
_ONE: Channels = (1.0, 1.0, 1.0)
_HALF: Channels = (127.5, 127.5, 127.5)
_IMAGENET_MEAN: Channels = (123.675, 116.28, 103.53)
_IMAGENET_STD: Channels = (58.395, 57.12, 57.375)

# Thresholds. MobileFaceNets: on 367 face pictures of 14 people (LFW and portraits), 99.4 % of the pairs of one sort and
# all but one of 300 of the other fall on the right side of 0.40, and 99 % of strangers below 0.30. SFace: OpenCV's
# documentation (FaceRecognizerSF). w600k and unknown networks: not measured here; between insightface's usual 0.3, 0.4.
RECIPES = {
    "mobilefacenet_112": Recipe(_IMAGENET_MEAN, _IMAGENET_STD, 0.40),
    "mobilefacenet_insightface_112": Recipe(_RAW, _ONE, 0.40),
    "sface": Recipe(_RAW, _ONE, 0.363),
    "w600k_r50": Recipe(_HALF, _HALF, 0.35),
    "w600k_mbf": Recipe(_HALF, _HALF, 0.35),
}


class OnnxEncoder:
    """Any recognition network with one 112 x 112 input and one output; similarity is the cosine."""

    def __init__(self, name: str, path: Path, recipe: Recipe) -> None:
        self.name = name
        self.path: Path | None = path
        self.digest = registry.file_digest(path).removeprefix("sha256:")
        self.same = recipe.same
        self._mean = np.array(recipe.mean, np.float32)
        self._std = np.array(recipe.std, np.float32)
        self._session = open_session(path)
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        if len(inputs) != 1 or len(outputs) != 1 or inputs[0].shape[-2:] != [ARC_SIZE, ARC_SIZE]:
            shapes = [(value.name, value.shape) for value in [*inputs, *outputs]]
            raise UserError(f"{path} is no recognition network of 112 x 112 pixels; it has {shapes}")
        self._input = inputs[0].name

    def embed(self, image: Image, landmarks: Points) -> Embedding:
        """Unit vector (d, float32)."""
        return self.embed_crop(warp(image, arc_matrix(landmarks), ARC_SIZE))

    def embed_crop(self, crop: Image) -> Embedding:
        """Unit vector (d, float32) of a 112 x 112 ArcFace crop."""
        planes = ((crop.astype(np.float32) - self._mean) / self._std).transpose(2, 0, 1)
        vector = self._session.run(None, {self._input: planes[None]})[0].ravel()
        return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-12), np.float32)

    def similarity(self, a: Embedding, b: Embedding) -> NDArray[np.float32]:
        """Cosines, n x m, -1..1."""
        return np.asarray(np.clip(unit(a) @ unit(b).T, -1.0, 1.0), np.float32)


def unit(vectors: Embedding) -> Embedding:
    """Rows of n x d at length one; a row of zeros stays."""
    rows = np.atleast_2d(np.asarray(vectors, np.float32))
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12), np.float32)


def open_onnx_encoder(name: str, licence: str) -> OnnxEncoder:
    """A network of the registry by name, or any recognition ONNX file by its path."""
    if name.endswith(".onnx"):
        return _own(Path(name), licence)
    return OnnxEncoder(name, registry.fetch(name, licence), RECIPES[name])


def _own(path: Path, licence: str) -> OnnxEncoder:
    """A file of the user's: the registry's entry where it has one for that file name, else insightface's reading."""
    if not path.is_file():
        raise UserError(f"encoder {path} does not exist; give a recognition ONNX file or a name of the registry")
    known = registry.models().get(path.stem)
    if known and path.stem in RECIPES:
        registry.allow(known, licence)
        return OnnxEncoder(path.stem, path, RECIPES[path.stem])
    return OnnxEncoder(path.stem, path, recipe_of(path))


def recipe_of(path: Path) -> Recipe:
    """Insightface's rule: a graph that starts with its own subtraction and multiplication takes raw pixels."""
    try:
        names = [node.name for node in onnx.load(str(path)).graph.node[:8]]
    except Exception as fault:  # onnx raises protobuf's own errors, which onnx does not re-export
        raise UserError(f"{path} is no ONNX file ({fault})") from fault
    raw = any(name.startswith(("Sub", "_minus")) for name in names) and any(
        name.startswith(("Mul", "_mul")) for name in names
    )
    return Recipe(_RAW, _ONE, 0.35) if raw else Recipe(_HALF, _HALF, 0.35)
