"""Teach the small identity net what a larger encoder says of faces: knowledge distillation on its embeddings.

Hinton, Vinyals, Dean: "Distilling the Knowledge in a Neural Network" (2015), on the directions of embeddings and on
the similarities among them (Park et al.: "Relational Knowledge Distillation", CVPR 2019).
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
from tasks.distillation.morphs import CANVAS_FROM_ARC
from tasks.faces.geometry import compose, invert
from tasks.nets.identity import SIDE, IdentityNet

Embeddings = NDArray[np.float32]  # n x 128, raw, as the teacher gives them


@dataclass(frozen=True)
class Distillation:
    """How the identity net is trained; steps are batches."""

    seed: int = 1
    morphs: int = 5000
    steps: int = 3000
    batch: int = 64
    lr: float = 0.002
    cels: float = 0.4  # share of a batch that is shown as its cel drawing, with the photo's embedding as the target
    relations: float = 10.0  # weight of the pairwise similarities
    threads: int = 2

    def __post_init__(self) -> None:
        """Check the ranges."""
        require(self.steps > 0, f"identity.steps is {self.steps}; use 1 or more")
        require(self.batch > 1, f"identity.batch is {self.batch}; use 2 or more, for similarities need two faces")
        require(0 <= self.cels <= 1, f"identity.cels is {self.cels}; use 0 to 1")


@dataclass(frozen=True)
class Lessons:
    """Faces on the canvas, the same as cel drawings, and the teacher's embedding of each photo."""

    canvases: list[Image]
    cels: list[Image]
    embeddings: Embeddings


def targets(embeddings: Embeddings, mean: Embeddings) -> Embeddings:
    """The embeddings less their common mean, at unit length.

    The teacher's vectors all lie in one narrow cone, so that strangers' raw cosine is 0.9; without the mean it is 0.
    """
    centred = embeddings - mean
    return np.asarray(centred / np.linalg.norm(centred, axis=1, keepdims=True), np.float32)


def distil(lessons: Lessons, recipe: Distillation, net: IdentityNet) -> Iterator[tuple[int, float]]:
    """Train the net, and yield (step, loss) after each step; the same seeds and lessons give the same weights."""
    wanted = torch.from_numpy(targets(lessons.embeddings, lessons.embeddings.mean(0)))

    def loss_at(step: int) -> Tensor:
        chosen, faces = _batch(lessons, recipe, step)
        return _loss(net(faces), wanted[chosen], recipe.relations)

    return learn(net, loss_at, recipe.steps, recipe.lr, weight_decay=0.02)


def _loss(got: Tensor, wanted: Tensor, relations: float) -> Tensor:
    direction = (1 - (got * wanted).sum(1)).mean()
    return direction + relations * functional.mse_loss(got @ got.T, wanted @ wanted.T)


def _batch(lessons: Lessons, recipe: Distillation, step: int) -> tuple[Tensor, Tensor]:
    """Indices and faces (n x 3 x 112 x 112, -1..1) of one step, a function of the seed and the step alone."""
    rng = np.random.default_rng([recipe.seed, step])
    chosen = rng.integers(len(lessons.canvases), size=recipe.batch)
    drawn = rng.random(recipe.batch) < recipe.cels
    crops = [_seen(lessons.cels[i] if d else lessons.canvases[i], rng) for i, d in zip(chosen, drawn, strict=True)]
    return torch.from_numpy(chosen), to_faces(crops)


def _seen(canvas: Image, rng: np.random.Generator) -> Image:
    """The 112-pixel crop, a little turned, scaled, shifted, lit and sometimes mirrored, as real crops are."""
    turn = cv2.getRotationMatrix2D((55.5, 55.5), rng.uniform(-6, 6), rng.uniform(0.94, 1.06))
    jitter = np.asarray(turn, np.float64) + np.column_stack([np.zeros((2, 2)), rng.uniform(-3, 3, 2)])
    if rng.random() < 0.5:
        jitter = compose(jitter, np.array([[-1.0, 0.0, SIDE - 1], [0.0, 1.0, 0.0]]))
    crop = arc_of(canvas, jitter).astype(np.float32)
    lit = (crop - 127.5) * rng.uniform(0.8, 1.2) + 127.5 + rng.uniform(-25, 25)
    return np.asarray(np.clip(lit, 0, 255), np.uint8)


def arc_of(canvas: Image, jitter: NDArray[np.float64] | None = None) -> Image:
    """The 112-pixel ArcFace crop of a face on the canvas, moved by `jitter` (2 x 3, crop to crop)."""
    matrix = invert(CANVAS_FROM_ARC)
    matrix = matrix if jitter is None else compose(matrix, jitter)
    smooth = cv2.blur(canvas, (2, 2))  # a template pixel spans 1.5 of the canvas
    return np.asarray(cv2.warpAffine(smooth, matrix, (SIDE, SIDE), borderMode=cv2.BORDER_REFLECT), np.uint8)
