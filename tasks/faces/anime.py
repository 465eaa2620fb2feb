"""Faces in drawings: a cascade trained on them where it is at hand, else the photo detector, which finds about half."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from tasks.core.image import Image, resize
from tasks.faces.backend import Backend, Box, Face, largest_first
from tasks.faces.geometry import Points

SIDE = 640  # pixels of the long side at detection
NEIGHBOURS = 5  # overlapping hits that make a face

# The cascade gives a box and no landmarks. Where eye centres, nose tip and mouth corners lie in it, as shares of its
# side: read off the mean of 235 boxes over anime faces, and looked at in 12 of them.
PLACES: Points = np.array([[0.32, 0.40], [0.68, 0.40], [0.50, 0.545], [0.44, 0.66], [0.56, 0.66]])


def detect_anime(image: Image, cascade: Path | None, backend: Backend) -> list[Face]:
    """Faces of a drawing, the largest first; an empty list when neither the cascade nor the backend finds any.

    Scores of the cascade's faces are n / (n + 5) for n overlapping hits; their landmarks are at nominal PLACES.
    """
    found = _cascade_faces(image, cascade) if cascade else []
    return largest_first(found) or backend.detect(image)


def _cascade_faces(image: Image, cascade: Path) -> list[Face]:
    factor = min(1.0, SIDE / max(image.shape[:2]))
    height, width = (max(1, round(side * factor)) for side in image.shape[:2])
    grey = cv2.equalizeHist(cv2.cvtColor(resize(image, width, height), cv2.COLOR_RGB2GRAY))
    boxes, hits = _classifier(cascade).detectMultiScale2(grey, 1.1, NEIGHBOURS, minSize=(24, 24))
    return [_face(box, int(count)).scaled(1.0 / factor) for box, count in zip(boxes, hits, strict=True)]


def _face(box: Sequence[int], hits: int) -> Face:
    x, y, width, height = (float(value) for value in box)
    edges: Box = (x - 0.5, y - 0.5, x + width - 0.5, y + height - 0.5)
    return Face(edges, hits / (hits + NEIGHBOURS), np.array(edges[:2]) + PLACES * [width, height])


@cache
def _classifier(path: Path) -> cv2.CascadeClassifier:
    return cv2.CascadeClassifier(str(path))
