"""Licences that permit commercial use: YuNet finds faces, SFace (or MobileFaceNet) knows them.

Wu et al., YuNet: A Tiny Millisecond-level Face Detector (2023); Zhong et al., SFace (TIP 2021).
"""

from dataclasses import replace
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from tasks.core.image import Image, resize
from tasks.faces import registry
from tasks.faces.backend import Encoder, Face, largest_first, open_encoder
from tasks.faces.geometry import crop_matrix, invert, transform, warp

DETECTORS = ("yunet_s_640", "yunet_s_dynamic")
ENCODERS = ("sface", "mobilefacenet_112")

SIDE = 640  # pixels of the long side at detection: YuNet was trained for faces of 10 to 300 pixels
MIN_SIDE = 40  # pixels of the short side there: on pictures of 32 the detector reads beyond its own memory
MIN_SCORE = 0.7
CLOSE_UP = 320  # pixels of the upright crop in which landmarks are read again


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
        height, width = (round(side * factor) for side in image.shape[:2])
        if min(height, width) < MIN_SIDE:
            return []
        working = image if factor == 1.0 else resize(image, width, height)
        faces = [face.scaled(1.0 / factor) for face in self._faces(working)]
        return largest_first(self._closer(image, face) for face in faces)

    def _faces(self, image: Image) -> list[Face]:
        self._detector.setInputSize((image.shape[1], image.shape[0]))
        _, rows = self._detector.detect(np.ascontiguousarray(image[..., ::-1]))
        return [_face(row) for row in ([] if rows is None else rows)]

    def _closer(self, image: Image, face: Face) -> Face:
        """The face with its landmarks read again where it is upright and large.

        YuNet makes tilted faces more upright than they are: this takes a sixth off the error of its landmarks.
        """
        matrix = crop_matrix(face.landmarks, CLOSE_UP)
        expected = transform(matrix, face.landmarks)
        eyes = float(np.hypot(*(expected[1] - expected[0])))
        for seen in self._faces(warp(image, matrix, CLOSE_UP)):
            if np.hypot(*(seen.landmarks - expected).T).mean() < 0.5 * eyes:
                return replace(face, landmarks=transform(invert(matrix), seen.landmarks))
        return face


def _face(row: NDArray[np.float32]) -> Face:
    """A row of FaceDetectorYN: x, y, width, height, 5 landmarks from the image's left eye on, score."""
    x, y, width, height = (float(value) for value in row[:4])
    return Face((x, y, x + width, y + height), float(row[14]), row[4:14].reshape(5, 2).astype(np.float64))
