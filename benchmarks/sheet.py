"""Faces in rows, models in columns: what numbers cannot say."""

from collections.abc import Mapping, Sequence

import cv2
import numpy as np

from tasks.core.image import Image, decode_own

_HEAD = 22  # px, for the names


def sheet(pictures: Mapping[str, Mapping[str, bytes]], faces: Sequence[str]) -> Image:
    """Under each name its pictures of the faces, which are all of one size."""
    rows = [[decode_own(found[face]) for found in pictures.values()] for face in faces]
    side = rows[0][0].shape[1]
    head = np.full((_HEAD, side * len(pictures), 3), 255, np.uint8)
    for column, name in enumerate(pictures):
        cv2.putText(head, name, (column * side + 4, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (0, 0, 0), 1, cv2.LINE_AA)
    return np.ascontiguousarray(np.vstack([head, *(np.hstack(row) for row in rows)]))
