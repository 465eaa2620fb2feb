"""Feature maps that are read a few rows at a time: what a layer needs of the one before, and no more of it is kept.

A map that was computed lies in bands of rows; all others are views that compute the rows asked for from the rows of
what they look at. Rows run from `top` up to, without, `bottom`.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from mmap import mmap

import torch
from torch import Tensor
from torch.nn import functional

CHANNELS = 64  # those of the largest feature maps at full size


class Rows(ABC):
    """A feature map 1 x channels x height x width."""

    def __init__(self, channels: int, height: int, width: int) -> None:
        self.channels, self.height, self.width = channels, height, width

    @abstractmethod
    def read(self, top: int, bottom: int) -> Tensor:
        """These rows, 1 x c x rows x width, as the reader's own: it may overwrite them."""

    @abstractmethod
    def forget(self, top: int) -> None:
        """Let go of the memory of what lies above a row; nobody reads it again."""


class Pool:
    """Memory for bands, in blocks of one size that are used again: what is let go serves the next layer."""

    def __init__(self, tile: int) -> None:
        """A block holds `tile` x `tile` pixels of CHANNELS channels."""
        self._size = tile * tile * CHANNELS
        self._free: list[Tensor] = []

    def rows(self, channels: int, width: int) -> int:
        """How many rows a block holds, one at least."""
        return max(self._size // (channels * width), 1)

    def take(self, count: int) -> Tensor:
        """Memory for that many values, or more; what it holds has no meaning."""
        if self._free and count <= self._size:
            return self._free.pop()
        # Pages of its own: blocks among the heap's short-lived tensors would leave holes that nothing fits.
        return torch.frombuffer(mmap(-1, 4 * max(count, self._size)), dtype=torch.float32)

    def give(self, block: Tensor) -> None:
        """Take back what `take` gave."""
        self._free += [block] if len(block) == self._size else []


class Bands(Rows):
    """A map in memory, in bands of rows, each with the channels of a pixel side by side."""

    def __init__(self, channels: int, height: int, width: int, pool: Pool) -> None:
        super().__init__(channels, height, width)
        self._pool, self._depth, self._filled = pool, pool.rows(channels, width), 0
        self._blocks: dict[int, Tensor] = {}  # by number from the top

    def append(self, rows: Tensor) -> None:
        """Add a copy of the next rows, 1 x c x rows x width."""
        lines = rows[0].permute(1, 2, 0)
        while len(lines):
            number, first = divmod(self._filled, self._depth)
            if not first:
                self._blocks[number] = self._pool.take(self._depth * self.width * self.channels)
            count = min(self._depth - first, len(lines))
            self._band(number)[first : first + count] = lines[:count]
            self._filled, lines = self._filled + count, lines[count:]

    def read(self, top: int, bottom: int) -> Tensor:
        """A copy of these rows."""
        parts = [
            self._band(number)[max(top - number * self._depth, 0) : bottom - number * self._depth]
            for number in range(top // self._depth, (bottom - 1) // self._depth + 1)
        ]
        return torch.cat(parts).permute(2, 0, 1)[None]

    def moments(self) -> tuple[float, float]:
        """Mean and variance over c x height x width; every band must still be there.

        A row is summed in float32, the rows in float64: as exact as the values are, at half the cost.
        """
        bands = [self._band(number).flatten(1) for number in self._blocks]
        count = self.channels * self.height * self.width
        mean = sum(float(band.sum(1).double().sum()) for band in bands) / count
        squares = sum(float(torch.linalg.vector_norm(band, dim=1).double().square().sum()) for band in bands)
        return mean, max(squares / count - mean * mean, 0.0)

    def forget(self, top: int) -> None:
        """Bands go as a whole."""
        for number in [number for number in self._blocks if min((number + 1) * self._depth, self.height) <= top]:
            self._pool.give(self._blocks.pop(number))

    def _band(self, number: int) -> Tensor:
        depth = min(self._depth, self.height - number * self._depth)
        return self._blocks[number][: depth * self.width * self.channels].view(depth, self.width, self.channels)


class Kept(Rows):
    """A map that is read again later: nothing of it is let go."""

    def __init__(self, source: Rows) -> None:
        super().__init__(source.channels, source.height, source.width)
        self._source = source

    def read(self, top: int, bottom: int) -> Tensor:
        """The rows of the source."""
        return self._source.read(top, bottom)

    def forget(self, top: int) -> None:
        """Nothing."""


class Pointwise(Rows):
    """A function of the values that several maps have at the same place."""

    def __init__(self, function: Callable[..., Tensor], *sources: Rows) -> None:
        super().__init__(sources[0].channels, sources[0].height, sources[0].width)
        self._function, self._sources = function, sources

    def read(self, top: int, bottom: int) -> Tensor:
        """The function of the sources' rows."""
        return self._function(*(source.read(top, bottom) for source in self._sources))

    def forget(self, top: int) -> None:
        """The sources let go."""
        for source in self._sources:
            source.forget(top)


class Padded(Rows):
    """A map with a border: of zeros, or reflected."""

    def __init__(self, source: Rows, sides: tuple[int, int, int, int], mode: str) -> None:
        """`sides`: the border left, right, top and bottom; `mode` as of `torch.nn.functional.pad`."""
        self._left, self._right, self._top, bottom = sides
        height, width = source.height + self._top + bottom, source.width + self._left + self._right
        super().__init__(source.channels, height, width)
        self._source, self._mode = source, mode

    def read(self, top: int, bottom: int) -> Tensor:
        """The source's rows with their part of the border; rows enough to reflect from must be among them."""
        first, last = top - self._top, bottom - self._top
        rows = self._source.read(max(first, 0), min(last, self._source.height))
        above, below = max(-first, 0), max(last - self._source.height, 0)
        return functional.pad(rows, (self._left, self._right, above, below), self._mode)

    def forget(self, top: int) -> None:
        """The source lets go."""
        self._source.forget(top - self._top)


class Bilinear(Rows):
    """A map brought to another size as `interpolate` with `align_corners` does: the corners stay where they are."""

    def __init__(self, source: Rows, height: int, width: int) -> None:
        super().__init__(source.channels, height, width)
        self._source = source
        self._step = (source.height - 1) / (height - 1)  # rows of the source for one row

    def read(self, top: int, bottom: int) -> Tensor:
        """Each row is a blend of the two rows of the source between which it lies."""
        place = torch.arange(top, bottom, dtype=torch.float64) * self._step
        upper = place.floor().long().clamp(max=self._source.height - 2)
        first = self._first(top)
        rows = self._source.read(first, int(upper[-1]) + 2)
        weight = (place - upper).to(rows.dtype)[:, None]
        blend = rows[:, :, upper - first].lerp_(rows[:, :, upper - first + 1], weight)
        return functional.interpolate(blend, (bottom - top, self.width), mode="bilinear", align_corners=True)

    def forget(self, top: int) -> None:
        """The source lets go of what lies above the rows that are read next."""
        self._source.forget(self._first(top) if top < self.height else self._source.height)

    def _first(self, top: int) -> int:
        return min(max(int(top * self._step), 0), self._source.height - 2)


class Nearest(Rows):
    """A map brought to another size as `interpolate` does by nearest neighbours: each row is one of the source."""

    def __init__(self, source: Rows, height: int, width: int) -> None:
        super().__init__(source.channels, height, width)
        self._source = source

    def read(self, top: int, bottom: int) -> Tensor:
        """Copies of the source's rows and columns."""
        rows, columns = (torch.arange(n) for n in (self.height, self.width))
        place = rows[top:bottom] * self._source.height // self.height
        found = self._source.read(int(place[0]), int(place[-1]) + 1)
        return found[:, :, place - place[0]][..., columns * self._source.width // self.width]

    def forget(self, top: int) -> None:
        """The source lets go of what lies above the rows that are read next."""
        self._source.forget(top * self._source.height // self.height)


class Shuffled(Rows):
    """Four phases per pixel as a map of twice the side (`pixel_shuffle`), cut to the size of the picture."""

    def __init__(self, source: Rows, height: int, width: int) -> None:
        super().__init__(source.channels // 4, height, width)
        self._source = source

    def read(self, top: int, bottom: int) -> Tensor:
        """Every row of the source is two rows."""
        first = top // 2
        rows = functional.pixel_shuffle(self._source.read(first, (bottom + 1) // 2), 2)
        return rows[:, :, top - 2 * first : bottom - 2 * first, : self.width]

    def forget(self, top: int) -> None:
        """The source lets go."""
        self._source.forget(top // 2)
