"""What a set of pictures is described by before two sets are compared: our own style descriptor, or any network.

Distances over the descriptor are *not* the KID and the FID of the literature: these take their features from an
Inception network, whose weights are not part of this project. The estimators are the same; the features are colour and
stroke statistics. Values compare with others over the same features only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tasks.core.errors import require
from tasks.core.image import Image, resize
from tasks.core.style import descriptor
from tasks.faces import registry
from tasks.faces.onnx_session import open_session

STYLE = "style"  # the name of the descriptor without a network
BATCH = 16  # pictures at a time, which bounds memory
Numbers = NDArray[np.float64]
Channels = tuple[float, float, float]


class FeatureNet(Protocol):
    """Pictures to rows of numbers, with a name and a digest: values of two feature nets do not compare."""

    name: str
    digest: str

    def __call__(self, images: Sequence[Image]) -> Numbers:
        """One row per picture, n x d."""


@dataclass(frozen=True)
class Reading:
    """How a network wants its RGB picture: (x - mean) / std on 0..255, `size` pixels where its file leaves it open."""

    size: int = 299
    mean: Channels = (127.5, 127.5, 127.5)
    std: Channels = (127.5, 127.5, 127.5)


class StyleFeatures:
    """The 78 colour and stroke statistics of tasks/core/style.py, their scales as they are: see `standardised`."""

    name = STYLE
    digest = ""

    def __call__(self, images: Sequence[Image]) -> Numbers:
        """One row per picture, n x 78."""
        return np.stack([descriptor(image) for image in images])


class OnnxFeatures:
    """Any ONNX network of pictures, n x 3 x h x w -> n x d; what follows d is averaged (n x d x h x w -> n x d)."""

    def __init__(self, path: Path, reading: Reading) -> None:
        self.name = path.stem
        self.digest = registry.file_digest(path).removeprefix("sha256:")
        self._session = open_session(path)
        found = [(value.name, value.shape) for value in self._session.get_inputs()]
        self._input, shape = found[0]
        require(
            len(found) == 1 and len(shape) == 4 and shape[1] == 3,
            f"{path} is no feature network; it takes {found}, and must take one n x 3 x h x w",
        )
        require(
            shape[0] == 1 or isinstance(shape[0], str), f"{path} takes {shape[0]} pictures at a time, not 1 or any n"
        )
        self._batch = 1 if shape[0] == 1 else BATCH
        self._height, self._width = (side if isinstance(side, int) else reading.size for side in shape[2:])
        self._mean, self._std = np.array(reading.mean, np.float32), np.array(reading.std, np.float32)

    def __call__(self, images: Sequence[Image]) -> Numbers:
        """One row per picture, n x d; resized without regard to its proportions, as feature networks are used."""
        starts = range(0, len(images), self._batch)
        return np.concatenate([self._rows(images[start : start + self._batch]) for start in starts])

    def _rows(self, images: Sequence[Image]) -> Numbers:
        pixels = np.stack([resize(image, self._width, self._height) for image in images]).astype(np.float32)
        planes = ((pixels - self._mean) / self._std).transpose(0, 3, 1, 2)
        values = self._session.run(None, {self._input: np.ascontiguousarray(planes)})[0]
        return np.asarray(values.reshape(*values.shape[:2], -1).mean(axis=2), np.float64)


def open_features(name: str, reading: Reading | None = None) -> FeatureNet:
    """The feature net of that name: `style`, or the path of an ONNX file; UserError where it is neither."""
    if name == STYLE:
        return StyleFeatures()
    require(
        name.endswith(".onnx") and Path(name).is_file(),
        f"evaluate.features is {name!r}, and there is no such ONNX file; set it to {STYLE}, or to the path of one",
    )
    return OnnxFeatures(Path(name), reading or Reading())
