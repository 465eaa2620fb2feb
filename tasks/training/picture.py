"""One shown picture as plain arrays, and many of them as a batch."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tasks.core.image import Image
from tasks.faces.geometry import Matrix, Points
from tasks.faces.skin import skin_mask
from tasks.training.batch import Batch

Vector = NDArray[np.float32]


@dataclass(frozen=True)
class Picture:
    """What batch.Batch holds of one picture, in eight bits: a quarter of what floats would cost between processes."""

    photo: Image
    plain: Image
    drawing: Image
    aligned: bool
    arc: Matrix
    points: Points
    skin: NDArray[np.bool_]
    wishes: Vector
    strength: float


def stacked(pictures: list[Picture], size: int, wishes: int) -> Batch:
    """The pictures, each size x size with as many wishes; none make a batch of none."""
    return Batch(
        photos=to_tensor([picture.photo for picture in pictures], size),
        plain=to_tensor([picture.plain for picture in pictures], size),
        drawings=to_tensor([picture.drawing for picture in pictures], size),
        aligned=torch.tensor([float(picture.aligned) for picture in pictures]),
        arc=_floats([picture.arc for picture in pictures], 2, 3),
        points=_floats([picture.points for picture in pictures], 68, 2),
        skin=_floats([picture.skin for picture in pictures], 1, size, size),
        wishes=_floats([picture.wishes for picture in pictures], wishes),
        strength=torch.tensor([picture.strength for picture in pictures], dtype=torch.float32),
    )


def to_tensor(images: list[Image], size: int) -> Tensor:
    """Stack size x size x 3 RGB pictures to n x 3 x size x size in -1..1, channels last in memory, faster on a CPU."""
    pixels = np.array(images, np.uint8).reshape(-1, size, size, 3)
    return torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 127.5 - 1


def visible_skin(points: Points, size: int) -> NDArray[np.bool_]:
    """The skin between 68 landmarks in a picture of size x size; none where there are no landmarks (all at 0)."""
    return skin_mask(points, size, size) if points.any() else np.zeros((size, size), np.bool_)


def _floats(arrays: list[NDArray[np.generic]], *shape: int) -> Tensor:
    return torch.from_numpy(np.array(arrays, np.float32).reshape(len(arrays), *shape))
