"""Faces in rows, models in columns: what numbers cannot say."""

from collections.abc import Sequence

import cv2
import numpy as np

from tasks.core.image import Image, decode_own
from tasks.judging.judge import Case

_HEAD = 22  # px, for the names


def sheet(cases: Sequence[Case], models: Sequence[str]) -> Image:
    """The photo of every case, then what each model draws of it, with the models' names above."""
    names = ["photo", *models]
    rows = [[decode_own(data) for data in (case.photo, *(case.outputs[m] for m in models))] for case in cases]
    side = rows[0][0].shape[1]
    head = np.full((_HEAD, side * len(names), 3), 255, np.uint8)
    for column, name in enumerate(names):
        cv2.putText(head, name, (column * side + 4, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (0, 0, 0), 1, cv2.LINE_AA)
    return np.ascontiguousarray(np.vstack([head, *(np.hstack(row) for row in rows)]))
