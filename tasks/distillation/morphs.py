"""Faces that never were: morphs between aligned faces, so that a small net learns identity from a few hundred people.

A shape between (or a little beyond) two faces and a texture between them, warped by thin-plate splines (Bookstein,
"Principal Warps", IEEE PAMI 1989). The teacher labels every morph itself, so that no label is guessed.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from tasks.core.image import Image
from tasks.faces.geometry import Points, arc_matrix, compose, transform, warp
from tasks.faces.landmarks import five

CANVAS = 224  # px: the 112-pixel template at 1.5 times its size, with a margin of 28
CANVAS_FROM_ARC = np.array([[1.5, 0.0, 28.25], [0.0, 1.5, 28.25]])  # 2 x 3, from the 112-pixel template
_GRID = 8  # px between the points where the spline is evaluated


@dataclass(frozen=True)
class AlignedFace:
    """A face on the canvas with its 68 landmarks (68 x 2, canvas pixels)."""

    canvas: Image
    landmarks: Points


def to_canvas(image: Image, landmarks: Points) -> AlignedFace:
    """Warp a photo with its 68 landmarks onto the canvas."""
    matrix = compose(arc_matrix(five(landmarks)), CANVAS_FROM_ARC)
    return AlignedFace(warp(image, matrix, CANVAS), transform(matrix, landmarks))


def morph(a: AlignedFace, b: AlignedFace, shape: float, texture: float) -> AlignedFace:
    """Blend two faces: `shape` and `texture` are 0 at a and 1 at b; a shape beyond 0..1 exaggerates."""
    landmarks = (1 - shape) * a.landmarks + shape * b.landmarks
    parts = [reshape(f, landmarks).canvas.astype(np.float32) for f in (a, b)]
    blend = (1 - texture) * parts[0] + texture * parts[1]
    return AlignedFace(np.clip(np.rint(blend), 0, 255).astype(np.uint8), landmarks)


def reshape(face: AlignedFace, landmarks: Points) -> AlignedFace:
    """The face warped so that its landmarks come to lie at `landmarks` (68 x 2); the canvas's edge stays."""
    edge = np.linspace(0, CANVAS - 1, 4)
    frame = np.array([(x, y) for x in edge for y in edge if x in edge[[0, -1]] or y in edge[[0, -1]]])
    ticks = np.linspace(0, CANVAS - 1, CANVAS // _GRID + 1)
    where = np.stack(np.meshgrid(ticks, ticks), -1).reshape(-1, 2)
    moved = _spline(np.vstack([landmarks, frame]), np.vstack([face.landmarks, frame]), where)
    coarse = moved.reshape(len(ticks), len(ticks), 2).astype(np.float32)
    full = np.arange(CANVAS, dtype=np.float32) * np.float32((len(ticks) - 1) / (CANVAS - 1))
    x, y = np.meshgrid(full, full)
    dense = cv2.remap(coarse, x, y, cv2.INTER_LINEAR)
    out = cv2.remap(face.canvas, dense[..., 0], dense[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    return AlignedFace(np.asarray(out, np.uint8), landmarks)


def _spline(source: Points, target: Points, where: Points) -> Points:
    """Where the thin-plate spline that takes source to target sends the points `where`."""
    n = len(source)
    system = np.zeros((n + 3, n + 3))
    system[:n, :n] = _kernel(source, source) + 1e-3 * np.eye(n)
    system[:n, n:] = np.column_stack([np.ones(n), source])
    system[n:, :n] = system[:n, n:].T
    weights = np.linalg.solve(system, np.vstack([target, np.zeros((3, 2))]))
    bent = _kernel(where, source) @ weights[:n]
    return np.asarray(bent + np.column_stack([np.ones(len(where)), where]) @ weights[n:])


def _kernel(a: Points, b: Points) -> Points:
    squared = ((a[:, None] - b[None]) ** 2).sum(-1)
    return np.asarray(squared * np.log(np.maximum(squared, 1e-9)) / 2)
