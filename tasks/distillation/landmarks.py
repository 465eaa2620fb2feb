"""Teach the small landmark net where dlib's predictor finds brows, eyes, nose and mouth, on photos and on drawings.

A drawing, and a face whose features were moved, keep the places that are known from the photo: so the net sees where
features are, also where the teacher, which knows photos alone, does not.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from tasks.core.errors import require
from tasks.core.image import Image
from tasks.distillation.learning import learn, to_faces
from tasks.distillation.morphs import CANVAS_FROM_ARC, AlignedFace, reshape
from tasks.faces.geometry import Matrix, Points, compose, invert, transform
from tasks.nets.hourglass import CELLS, FRAME, INNER, SIDE, Hourglass, centres, expected_places
from tasks.scores.symmetry import twins

_FEATURES = tuple(range(*ends) for ends in ((17, 22), (22, 27), (27, 36), (36, 42), (42, 48), (48, 68)))
_SPREAD = 0.7  # cells: the width of the place that a heatmap is taught
_CROP_FROM_CANVAS = compose(invert(CANVAS_FROM_ARC), np.array(FRAME))


@dataclass(frozen=True)
class LandmarkDistillation:
    """How the landmark net is trained; steps are batches."""

    seed: int = 1
    morphs: int = 1200  # faces between two others
    moved: int = 1200  # faces whose eyes, brows, nose or mouth are moved or scaled
    cels: float = 0.5  # share of the lessons that are shown as their cel drawing
    steps: int = 1500
    batch: int = 32
    lr: float = 0.003
    heat: float = 0.1  # weight of the heatmaps' own shape
    bf16: bool = False
    threads: int = 1

    def __post_init__(self) -> None:
        """Check the ranges."""
        for name in ("steps", "batch", "threads"):
            value = getattr(self, name)
            require(value > 0, f"landmarks.{name} is {value}; use 1 or more")
        require(0 <= self.cels <= 1, f"landmarks.cels is {self.cels}; use 0 to 1")


@dataclass(frozen=True)
class LandmarkLessons:
    """Faces on the canvas, photos and drawings, and their landmarks (n x 68 x 2, canvas pixels)."""

    canvases: list[Image]
    points: NDArray[np.float64]


def moved(face: AlignedFace, rng: np.random.Generator) -> AlignedFace:
    """The face with each feature a little shifted and scaled by itself, as a stylised drawing may have it."""
    points = face.landmarks.copy()
    scale = float(np.linalg.norm(points[45] - points[36]))
    for feature in _FEATURES:
        part = points[list(feature)]
        middle = part.mean(0)
        shift = rng.normal(0, 0.04, 2) * scale
        points[list(feature)] = middle + (part - middle) * np.exp(rng.normal(0, 0.12, 2)) + shift
    return reshape(face, points)


def distil(lessons: LandmarkLessons, recipe: LandmarkDistillation, net: Hourglass) -> Iterator[tuple[int, float]]:
    """Train the net, and yield (step, loss) after each step; the same seeds and lessons give the same weights."""

    def loss_at(step: int) -> Tensor:
        faces, wanted = _batch(lessons, recipe, step)
        with torch.autocast("cpu", torch.bfloat16, enabled=recipe.bf16):
            heatmaps = net.heatmaps(faces)
        return _loss(heatmaps.float(), wanted, recipe.heat)

    return learn(net, loss_at, recipe.steps, recipe.lr, weight_decay=0.01)


def _loss(heatmaps: Tensor, wanted: Tensor, heat: float) -> Tensor:
    """Distance of the places in pixels, and the heatmaps' cross entropy with a spot (DSNT: Nibali et al., 2018)."""
    gaps = functional.smooth_l1_loss(expected_places(heatmaps), wanted, reduction="none").sum(2)
    spots = functional.softmax(_spots(wanted).flatten(2), 2)
    entropy = -(spots * functional.log_softmax(heatmaps.flatten(2), 2)).sum(2)
    return (gaps + heat * entropy).mean()


def _spots(places: Tensor) -> Tensor:
    """Logits of a Gaussian around each place: n x k x cells x cells."""
    width = _SPREAD * SIDE / CELLS
    x, y = (-(((places[..., i, None] - centres(CELLS)) / width) ** 2) / 2 for i in (0, 1))
    return y[..., :, None] + x[..., None, :]


def _batch(lessons: LandmarkLessons, recipe: LandmarkDistillation, step: int) -> tuple[Tensor, Tensor]:
    """Faces (n x 3 x 112 x 112, -1..1) and their points in them, a function of the seed and the step alone."""
    rng = np.random.default_rng([recipe.seed, step])
    chosen = rng.integers(len(lessons.canvases), size=recipe.batch)
    seen = [_seen(lessons.canvases[i], lessons.points[i], rng) for i in chosen]
    crops, points = zip(*seen, strict=True)
    return to_faces(list(crops)), torch.from_numpy(np.stack(points)[:, INNER]).float()


def _seen(canvas: Image, points: Points, rng: np.random.Generator) -> tuple[Image, Points]:
    """The net's crop, a little turned, scaled, shifted, relit, blurred and often mirrored, with its points."""
    jitter = np.asarray(cv2.getRotationMatrix2D((55.5, 55.5), rng.uniform(-8, 8), rng.uniform(0.92, 1.08)), np.float64)
    jitter[:, 2] += rng.uniform(-3, 3, 2)
    if rng.random() < 0.5:
        jitter = compose(jitter, np.array([[-1.0, 0.0, SIDE - 1], [0.0, 1.0, 0.0]]))
        points = twins(points) * [-1.0, 1.0]  # their names alone: the jitter moves them
    crop = crop_of(canvas, jitter).astype(np.float32)
    if rng.random() < 0.3:
        crop = cv2.GaussianBlur(crop, (0, 0), rng.uniform(0.5, 1.5)).astype(np.float32)
    if rng.random() < 0.2:
        crop = np.repeat(crop.mean(2, keepdims=True), 3, 2)
    lit = (crop - 127.5) * rng.uniform(0.7, 1.3) * rng.uniform(0.9, 1.1, 3) + 127.5 + rng.uniform(-30, 30)
    return np.asarray(np.clip(lit, 0, 255), np.uint8), transform(compose(_CROP_FROM_CANVAS, jitter), points)


def crop_of(canvas: Image, jitter: Matrix | None = None) -> Image:
    """The net's crop of a face on the canvas, moved by `jitter` (2 x 3, crop to crop)."""
    matrix = _CROP_FROM_CANVAS if jitter is None else compose(_CROP_FROM_CANVAS, jitter)
    smooth = cv2.blur(canvas, (2, 2), anchor=(0, 0))  # a crop's pixel spans 1.7 of the canvas
    centred = compose(np.array([[1.0, 0.0, 0.5], [0.0, 1.0, 0.5]]), matrix)  # the mean of pixels 0 and 1 lies at 0.5
    return np.asarray(cv2.warpAffine(smooth, centred, (SIDE, SIDE), borderMode=cv2.BORDER_REFLECT), np.uint8)


def to_canvas_points(found: Points) -> Points:
    """Points of the crop (... x 2) on the canvas."""
    return transform(invert(_CROP_FROM_CANVAS), found)
