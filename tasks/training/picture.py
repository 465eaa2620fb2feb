"""One shown picture as plain arrays, made of faces and a variation; and many of them as a batch."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tasks.core.image import Image
from tasks.faces.geometry import Matrix, Points
from tasks.faces.hair_mask import hair_mask
from tasks.faces.skin import skin_mask
from tasks.training.augment import seen
from tasks.training.batch import Batch
from tasks.training.hair import COLOURS, darkened, recoloured
from tasks.training.variation import Variation
from tasks.training.window import Window

Vector = NDArray[np.float32]


@dataclass(frozen=True)
class Face:
    """A whole frame: an aligned face, its landmarks (68 x 2; all 0: unknown), from its pixels to the template."""

    image: Image
    points: Points
    arc: Matrix


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
    hair: str  # the colour that the drawing's hair was given; empty: its own
    wishes: Vector
    strength: float


def shown(photo: Face, drawing: Face, aligned: bool, change: Variation, size: int) -> Picture:
    """The pair under a variation, size x size; it asks for nothing yet."""
    first, second = change.windows
    points, own = _through(first, photo, size), _through(second, drawing, size)
    plain, drawn = first.show(photo.image, size), second.show(drawing.image, size)
    plain, drawn, hair = haired(plain, drawn, points, None if aligned else own, change)
    return Picture(
        photo=seen(plain, change.look),
        plain=plain,
        drawing=drawn,
        aligned=aligned,
        arc=change.windows[0].arc(photo.arc, size),
        points=points,
        skin=skin_mask(points, size, size) if points.any() else np.zeros((size, size), np.bool_),
        hair=hair,
        wishes=np.zeros(0, np.float32),
        strength=change.strength,
    )


def haired(
    photo: Image, drawing: Image, points: Points, own: Points | None, change: Variation
) -> tuple[Image, Image, str]:
    """Both pictures with dark hair, or the drawing with hair of a colour, and the word for it; empty: nothing changed.

    Without landmarks of its `own` the drawing's hair is where the photo's is: bleached or green hair gives no sign of
    itself. Hair that cannot be found on both pictures stays as it is.
    """
    if not (change.dark or change.colour):
        return photo, drawing, ""
    mask = hair_mask(photo, points)
    drawn = mask if own is None else hair_mask(drawing, own)
    if change.dark and mask.any() and drawn.any():
        return darkened(photo, mask, change.dark), darkened(drawing, drawn, change.dark), change.dark
    if change.colour and drawn.any():
        return photo, recoloured(drawing, drawn, COLOURS[change.colour]), change.colour
    return photo, drawing, ""


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
    values = np.divide(np.array(images, np.uint8).reshape(-1, size, size, 3), 127.5, dtype=np.float32)
    values -= 1  # numpy's one thread is faster here than torch's, which wait for each other
    return torch.from_numpy(values).permute(0, 3, 1, 2)


def _through(window: Window, face: Face, size: int) -> Points:
    """The face's landmarks in the window; unknown ones stay so."""
    return window.points(face.points, size) if face.points.any() else face.points


def _floats(arrays: list[NDArray[np.generic]], *shape: int) -> Tensor:
    return torch.from_numpy(np.array(arrays, np.float32).reshape(len(arrays), *shape))
