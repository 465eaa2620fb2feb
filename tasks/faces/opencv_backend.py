"""Licences that permit commercial use: YuNet finds faces, SFace (or MobileFaceNet) knows them.

Wu et al., YuNet: A Tiny Millisecond-level Face Detector (2023); Zhong et al., SFace (TIP 2021).
"""

from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from tasks.core.image import Image, resize
from tasks.faces import registry
from tasks.faces.backend import Encoder, Face, largest_first, open_encoder

DETECTORS = ("yunet_s_640", "yunet_s_dynamic")
ENCODERS = ("sface", "mobilefacenet_112")

SIDE = 640  # pixels of the long side at detection: YuNet was trained for faces of 10 to 300 pixels
MIN_SCORE = 0.7


class OpencvBackend:
    """Faces from about 10 pixels of a 640-pixel image, in most poses."""

    name = "opencv"

    def __init__(self, licence: str = "any") -> None:
        self._licence = licence
        name = registry.first(DETECTORS, licence)
        path = registry.fetch(name, licence)
        self.digests = {name: registry.model(name).digest.removeprefix("sha256:")}
        self._detector = cv2.FaceDetectorYN.create(str(path), "", (SIDE, SIDE), MIN_SCORE, 0.3, 5000)

    @cached_property
    def encoder(self) -> Encoder:
        """The first of ENCODERS that is at hand and allowed, else the first that is allowed, downloaded."""
        return open_encoder(registry.first(ENCODERS, self._licence), self._licence)

    def detect(self, image: Image) -> list[Face]:
        """Scores are 0..1, from MIN_SCORE on."""
        factor = min(1.0, SIDE / max(image.shape[:2]))
        height, width = (max(1, round(side * factor)) for side in image.shape[:2])
        working = image if factor == 1.0 else resize(image, width, height)
        self._detector.setInputSize((width, height))
        _, rows = self._detector.detect(np.ascontiguousarray(working[..., ::-1]))
        return largest_first(_face(row).scaled(1.0 / factor) for row in ([] if rows is None else rows))


def _face(row: NDArray[np.float32]) -> Face:
    """A row of FaceDetectorYN: x, y, width, height, 5 landmarks from the image's left eye on, score."""
    x, y, width, height = (float(value) for value in row[:4])
    return Face((x, y, x + width, y + height), float(row[14]), row[4:14].reshape(5, 2).astype(np.float64))
