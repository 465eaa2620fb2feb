"""What one step shows: plain tensors, the same for every recipe."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any

import torch
from torch import Tensor


@dataclass(frozen=True)
class Batch:
    """Pictures are n x 3 x h x w RGB in -1..1, channels last in memory; matrices and points are in their pixels."""

    photos: Tensor  # what the generator sees: cut, mirrored, light and colour changed
    plain: Tensor  # the same cut with its own light and colour: what faces are held against
    drawings: Tensor  # what it shall draw, or, unpaired, pictures in the style
    aligned: Tensor  # n, 1.0 where photo and drawing are comparable pixel by pixel, else 0.0
    arc: Tensor  # n x 2 x 3, from the pictures' pixels to the 112-pixel ArcFace template
    points: Tensor  # n x 68 x 2, the photo's landmarks in pixels (x, y), in the order of 300-W
    skin: Tensor  # n x 1 x h x w, 1.0 on the skin of the photo's face, else 0.0
    wishes: Tensor  # n x c, what the condition asks for (nets/condition.py); c is 0 for an uncontrolled generator
    strength: Tensor  # n, 0..1: 0 asks for the photo, 1 for the drawing
    faces: bool = True  # whether whole faces are in view, so that they can be compared

    def __len__(self) -> int:
        return len(self.photos)

    def to(self, device: torch.device) -> "Batch":
        """The batch on another device."""
        return self._each(lambda tensor: tensor.to(device, non_blocking=True))

    def part(self, start: int, stop: int) -> "Batch":
        """The pictures from `start` to `stop`: a process's share, or a micro-batch."""
        return self._each(lambda tensor: tensor[start:stop])

    def _each(self, change: Callable[[Tensor], Tensor]) -> "Batch":
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        changed: dict[str, Any] = {n: change(value) for n, value in values.items() if isinstance(value, Tensor)}
        return replace(self, **changed)
