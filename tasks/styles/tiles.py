"""Pictures too large to be drawn at once: the trained weights under torch, tile by tile, as the full frame would be."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import torch

from tasks.core.errors import require
from tasks.core.image import Image
from tasks.nets import architectures
from tasks.nets.condition import Conditioned
from tasks.nets.tiling import tiled

TILE = 128  # px: 1.6 GB in all for 2048 x 2048, two thirds of it one feature map
LEAST = 16  # px of a side, which a generator needs


class TiledStylizer:
    """A generator's weights as a function from picture to picture, whose memory grows with one feature map."""

    def __init__(self, weights: Path, tile: int = TILE, multiple: int = 4) -> None:
        """Raises UserError for weights that are absent or no generator's. `multiple` is that of `Stylizer`."""
        net = architectures.load(architectures.recognised(weights), weights)
        self._net = net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._tile, self._multiple = tile, multiple

    @property
    def controlled(self) -> bool:
        """Whether the generator is told how strongly to draw, and what is wished for."""
        return isinstance(self._net, Conditioned)

    def run(self, image: Image, wishes: Sequence[float] = (), strength: float = 1.0) -> Image:
        """The drawing: same height and width, RGB, 0..255, within rounding that of `Stylizer` on the same weights."""
        height, width = image.shape[:2]
        require(min(height, width) >= LEAST, f"the picture has {width} x {height} pixels; give {LEAST} or more a side")
        down, right = -height % self._multiple, -width % self._multiple
        padded = cv2.copyMakeBorder(image, 0, down, 0, right, cv2.BORDER_REFLECT_101) if down or right else image
        photo = torch.from_numpy(np.ascontiguousarray(padded)).permute(2, 0, 1)[None].float() / 127.5 - 1
        told = torch.tensor([wishes], dtype=torch.float32) if wishes else None
        drawing = tiled(self._net, photo, self._tile, told, strength)[0, :, :height, :width]
        levels = ((drawing + 1) * 127.5).round_().clamp_(0, 255).to(torch.uint8)
        return np.ascontiguousarray(levels.permute(1, 2, 0).numpy())


@cache
def opened(weights: Path, tile: int = TILE) -> TiledStylizer:
    """The stylizer, loaded once in each process."""
    return TiledStylizer(weights, tile)
