"""What every face backend gives: the Face, the Backend and the Encoder, and how to open one by name.

Backends are imported when they are opened: `dlib` runs without OpenCV's or insightface's models and the reverse.
"""

import logging
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tasks.core.errors import UserError, nearest
from tasks.core.image import Image
from tasks.faces.geometry import Points

Embedding = NDArray[np.float32]
Box = tuple[float, float, float, float]

log = logging.getLogger("selfie2anime")

CAUTION = (
    "faces.licence is 'commercial': the 68 landmarks come from dlib's predictor (CC0), whose training data, "
    "iBUG 300-W, is for research; nothing at hand replaces it, so ask its owners before commercial use"
)

LICENCES = ("any", "commercial")
BACKENDS = ("dlib", "opencv", "insightface")
ENCODERS = ("dlib", "sface", "mobilefacenet_112", "mobilefacenet_insightface_112", "w600k_r50", "w600k_mbf")


@dataclass(frozen=True, eq=False)
class Face:
    """One face found in an image.

    box: x0, y0, x1, y1 in pixels, and may reach beyond the image. score: the detector's own confidence, comparable
    within one backend only. landmarks: 5 x 2 float64 (x, y), pixel centres at integers: the eye centre on the
    image's left, the one on its right, nose tip, mouth corner on the image's left, mouth corner on its right. dense:
    the 68 landmarks that these are of, where the detector reads them by `landmarks68`.
    """

    box: Box
    score: float
    landmarks: Points
    dense: Points | None = None

    @property
    def area(self) -> float:
        """Pixels in the box."""
        x0, y0, x1, y1 = self.box
        return max(0.0, x1 - x0) * max(0.0, y1 - y0)

    def scaled(self, factor: float) -> "Face":
        """The same face in the image enlarged `factor` times (pixel centres at integers)."""
        return self.moved(lambda points: (points + 0.5) * factor - 0.5)

    def moved(self, move: Callable[[Points], Points]) -> "Face":
        """The same face where `move` brings its points, n x 2; its box stays upright."""
        corners = move(np.reshape(self.box, (2, 2)))
        (x0, y0), (x1, y1) = corners.min(axis=0), corners.max(axis=0)
        box = (float(x0), float(y0), float(x1), float(y1))
        dense = None if self.dense is None else move(self.dense)
        return replace(self, box=box, landmarks=move(self.landmarks), dense=dense)


class Encoder(Protocol):
    """Turns a face into a vector that is near for the same person and far for others."""

    @property
    def name(self) -> str:
        """The model's name in the registry."""
        ...

    @property
    def digest(self) -> str:
        """Sha256 of the weights, for the keys of what was computed with them."""
        ...

    @property
    def path(self) -> Path | None:
        """The ONNX file, or None where the encoder is of another kind."""
        ...

    @property
    def same(self) -> float:
        """The similarity at or above which two faces count as one person."""
        ...

    def embed(self, image: Image, landmarks: Points) -> Embedding:
        """The face's vector (d, float32) from the whole image and 5 landmarks; alignment is the encoder's own."""
        ...

    def similarity(self, a: Embedding, b: Embedding) -> NDArray[np.float32]:
        """From n x d and m x d vectors to n x m similarities: 1 for the same picture, about 0 for strangers."""
        ...


class Backend(Protocol):
    """Finds faces; carries the encoder that goes with it."""

    @property
    def name(self) -> str:
        """One of BACKENDS."""
        ...

    @property
    def digests(self) -> dict[str, str]:
        """Name and sha256 of every model that `detect` uses (the encoder has its own)."""
        ...

    @property
    def encoder(self) -> Encoder:
        """Opened when first asked for: finding faces needs no encoder."""
        ...

    def detect(self, image: Image) -> list[Face]:
        """All faces of an upright image, the largest first; an empty list when there is none."""
        ...


def open_backend(name: str, licence: str = "any") -> Backend:
    """The backend of that name with its models loaded; UserError for an unknown name or a refused licence."""
    check_licence(licence)
    if licence == "commercial":
        log.warning(CAUTION)
    if name == "dlib":
        from tasks.faces.dlib_backend import DlibBackend

        return DlibBackend()
    if name == "opencv":
        from tasks.faces.opencv_backend import OpencvBackend

        return OpencvBackend(licence)
    if name == "insightface":
        from tasks.faces.insightface_backend import InsightfaceBackend

        return InsightfaceBackend(licence)
    raise UserError(f"params.yaml: faces.backend is {name!r}; {nearest(name, list(BACKENDS))}")


def open_encoder(name: str, licence: str = "any") -> Encoder:
    """The encoder of that name (ENCODERS, or the path of a recognition ONNX file), weights loaded."""
    check_licence(licence)
    if name == "dlib":
        from tasks.faces.dlib_backend import DlibEncoder

        return DlibEncoder()
    from tasks.faces.onnx_encoder import open_onnx_encoder

    if name in ENCODERS or name.endswith(".onnx"):
        return open_onnx_encoder(name, licence)
    raise UserError(f"encoder {name!r} is unknown; {nearest(name, list(ENCODERS))}")


def code_of(opened: Backend | Encoder) -> ModuleType:
    """The module that it is written in, for the keys of what it made."""
    return sys.modules[type(opened).__module__]


def check_licence(licence: str) -> None:
    """UserError unless it is one of LICENCES."""
    if licence not in LICENCES:
        raise UserError(f"params.yaml: faces.licence is {licence!r}; {nearest(licence, list(LICENCES))}")


def largest_first(faces: Iterable[Face]) -> list[Face]:
    """Sorted by area, ties by place, so that the order never depends on the detector's."""
    return sorted(faces, key=lambda face: (-face.area, face.box))
