"""The best accuracy, for non-commercial use: SCRFD through insightface, and ArcFace encoders.

Guo et al., Sample and Computation Redistribution for Efficient Face Detection (ICLR 2022); Deng et al., ArcFace (CVPR
2019). Models come through the registry only; insightface downloads nothing.
"""

from functools import cached_property

import numpy as np
from insightface.model_zoo import get_model

from tasks.core.errors import UserError
from tasks.core.image import Image
from tasks.faces import registry
from tasks.faces.backend import Encoder, Face, largest_first, open_encoder
from tasks.faces.onnx_session import session_options

DETECTORS = ("det_10g", "scrfd_500m_bnkps")
ENCODERS = ("w600k_r50", "w600k_mbf", "mobilefacenet_insightface_112", "mobilefacenet_112")

# The whole image at 640 pixels, and again at 128 for faces that fill it: insightface's own pair of sizes.
SIZES = [(128, 128), (640, 640)]
MIN_SCORE = 0.5
MIN_SIDE = 20  # pixels of the short side at 640: insightface fails on strips that vanish when they are reduced


class InsightfaceBackend:
    """Faces from about 8 pixels of a 640-pixel image up to close-ups that fill it."""

    name = "insightface"

    def __init__(self, licence: str = "any") -> None:
        self._licence = licence
        name = registry.first(DETECTORS, licence)
        path = registry.fetch(name, licence)
        self.digests = {name: registry.model(name).digest.removeprefix("sha256:")}
        self._detector = get_model(str(path), providers=["CPUExecutionProvider"], sess_options=session_options())
        if getattr(self._detector, "taskname", "") != "detection":
            raise UserError(f"{path} is no SCRFD detector; fetch the file again")
        self._detector.prepare(-1, input_size=SIZES, det_thresh=MIN_SCORE)

    @cached_property
    def encoder(self) -> Encoder:
        """The first of ENCODERS that is at hand, else w600k_r50, downloaded."""
        return open_encoder(registry.first(ENCODERS, self._licence), self._licence)

    def detect(self, image: Image) -> list[Face]:
        """Scores are 0..1, from MIN_SCORE on."""
        if SIZES[-1][0] * min(image.shape[:2]) < MIN_SIDE * max(image.shape[:2]):
            return []
        boxes, landmarks = self._detector.detect(np.ascontiguousarray(image[..., ::-1]))
        return largest_first(
            Face((float(row[0]), float(row[1]), float(row[2]), float(row[3])), float(row[4]), points.astype(np.float64))
            for row, points in zip(boxes, landmarks, strict=True)
        )
