"""In which order a training sees its pictures: near each other on the disk, yet well mixed; a function of the seed."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]


class Order:
    """Every item once per epoch, each epoch in an order of its own: `at` is a pure function of the position.

    groups (n) says in which row group of the disk each of n items lies, rows how many rows each of those has; items
    within `buffer` rows are mixed with each other, see `permutation`.
    """

    def __init__(self, groups: Numbers, rows: Numbers, buffer: int, seed: list[int]) -> None:
        self._groups, self._rows, self._buffer, self._seed = groups, rows, buffer, seed
        self._epoch, self._items = -1, np.zeros(0, np.int64)

    def __getstate__(self) -> dict[str, Any]:
        """Another process makes its own permutations."""
        return {**self.__dict__, "_epoch": -1, "_items": self._items[:0]}

    def at(self, position: int) -> int:
        """The item that is shown at a position (0 ...) of the whole training."""
        epoch, place = divmod(position, len(self._groups))
        if epoch != self._epoch:
            self._epoch = epoch
            self._items = permutation(self._groups, self._rows, self._buffer, [*self._seed, epoch])
        return int(self._items[place])


def permutation(groups: Numbers, rows: Numbers, buffer: int, seed: list[int]) -> Numbers:
    """The items (n) in the order of one epoch.

    The row groups come in random order; as many as begin within `buffer` rows are mixed with each other, so that a
    reader that keeps `buffer` rows and one group more reads each group once.
    """
    rng = np.random.default_rng(seed)
    used = rng.permutation(np.unique(groups))
    begins = np.zeros(len(rows), np.int64)
    begins[used] = np.cumsum(rows[used]) - rows[used]
    return np.asarray(np.lexsort((rng.random(len(groups)), begins[groups] // buffer)), np.int64)
