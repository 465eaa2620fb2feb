"""All pairs of 64-bit hashes within a few bits of each other, in time linear in their number.

The hash is cut into six bands of 10 or 11 bits. Two hashes at distance <= 4 agree in at least two bands (four bits
can spoil four bands only), so that a table for each of the 15 pairs of bands finds every pair: multi-index hashing
(Norouzi, Punjani and Fleet, "Fast search in Hamming space with multi-index hashing", CVPR 2012).

A table is the hashes themselves, their bits permuted so that the two bands come first, and sorted: what agrees in both
lies side by side, and one XOR of neighbours tells both whether the run goes on and how far apart they are. Each pair
counts in the first table that holds it. Equal hashes are for the caller to collapse, so that a picture that came a
thousand times costs what one does.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

BANDS = ((0, 11), (11, 11), (22, 11), (33, 11), (44, 10), (54, 10))  # first bit, bits
MOST = 4  # the distance up to which no pair is missed
BLOCK = 1 << 17  # rows at a time: temporary arrays stay in the processor's cache
HALF = np.uint64(32)

Hashes = NDArray[np.uint64]
Positions = NDArray[np.int64]
Pairs = NDArray[np.uint64]  # packed: (smaller position << 32) | larger position


@dataclass(frozen=True)
class Table:
    """The order of bands in one permutation; the first two are what a table's runs agree in."""

    order: tuple[int, ...]

    @property
    def rest(self) -> int:
        """Bits after the two leading bands."""
        return 64 - BANDS[self.order[0]][1] - BANDS[self.order[1]][1]

    def permuted(self, hashes: Hashes) -> Hashes:
        """The hashes with this table's bands in front."""
        return _in_blocks(hashes, self._permute)

    def restored(self, permuted: Hashes) -> Hashes:
        """The hashes that `permuted` made these of."""
        out, shift = np.zeros_like(permuted), 64
        for first, bits in (BANDS[band] for band in self.order):
            shift -= bits
            out |= (permuted >> np.uint64(shift) & _ones(bits)) << np.uint64(first)
        return out

    def keys(self, hashes: Hashes) -> NDArray[np.uint32]:
        """The two leading bands alone, as one number below 2**22."""
        (first, bits), (second, more) = (BANDS[band] for band in self.order[:2])
        return _in_blocks(hashes, lambda block: ((block >> np.uint64(first) & _ones(bits)) << np.uint64(more)
                          | block >> np.uint64(second) & _ones(more)).astype(np.uint32))  # fmt: skip

    def is_first(self, apart: Hashes) -> NDArray[np.bool_]:
        """Whether no table before this one holds a pair whose hashes differ in the bits `apart`."""
        first = np.ones(len(apart), np.bool_)
        for band in range(self.order[1]):
            if band != self.order[0]:
                start, bits = BANDS[band]
                first &= apart >> np.uint64(start) & _ones(bits) != 0
        return first

    def _permute(self, hashes: Hashes) -> Hashes:
        out: Hashes = np.zeros_like(hashes)
        for first, bits in (BANDS[band] for band in self.order):
            out <<= np.uint64(bits)
            out |= hashes >> np.uint64(first) & _ones(bits)
        return out


TABLES = tuple(Table((*two, *sorted(set(range(6)) - set(two)))) for two in combinations(range(6), 2))


def distinct(hashes: Hashes) -> Hashes:
    """The hashes in ascending order, each once."""
    ranked: Hashes = np.sort(hashes)
    changes = np.concatenate([np.ones(min(len(ranked), 1), np.bool_), ranked[1:] != ranked[:-1]])
    return np.asarray(ranked[changes], np.uint64)


def distance(a: Hashes, b: Hashes) -> NDArray[np.uint8]:
    """Bits in which the hashes differ, element by element."""
    return np.asarray(np.bitwise_count(a ^ b), np.uint8)


def near_pairs(values: Hashes, most: int = MOST) -> Iterator[Pairs]:
    """Every pair of the ascending, distinct `values` that differs in at most `most` (0..4) bits, once, in pieces.

    Pieces come in no particular order and are small beside the whole, so that a caller may keep them on disk.
    """
    _check(most)
    yield from _from_threads(lambda table: _table_pairs(values, table, most))


def new_pairs(values: Hashes, new: Positions, most: int = MOST) -> Iterator[Pairs]:
    """The pairs of `near_pairs` with at least one end among the positions `new`; the others are never compared."""
    _check(most)
    yield from _from_threads(lambda table: _joined_pairs(values, new, table, most))


def ends(pairs: Pairs) -> tuple[Positions, Positions]:
    """The two positions of each packed pair, the smaller first."""
    return (pairs >> HALF).astype(np.int64), (pairs & _ones(32)).astype(np.int64)


def packed(one: Positions, other: Positions) -> Pairs:
    """Pairs of positions as single numbers."""
    low, high = np.minimum(one, other).astype(np.uint64), np.maximum(one, other).astype(np.uint64)
    return low << HALF | high


def _check(most: int) -> None:
    if not 0 <= most <= MOST:
        raise ValueError(f"distance {most}: this search is exact from 0 to {MOST}")


def _from_threads(search: Callable[[Table], list[Pairs]]) -> Iterator[Pairs]:
    """What `search` finds in each table; NumPy lets go of the interpreter, so that threads run side by side."""
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as threads:
        waiting = {threads.submit(search, table) for table in TABLES}
        for done in as_completed(list(waiting)):
            waiting.discard(done)  # the pieces live no longer than their reader needs them
            yield from done.result()


def _table_pairs(values: Hashes, table: Table, most: int) -> list[Pairs]:
    ranked = table.permuted(values)
    ranked.sort()
    blocks = (_run_pairs(values, ranked, start, table, most) for start in range(0, len(ranked), BLOCK))
    return [found for found in blocks if len(found)]


def _run_pairs(values: Hashes, ranked: Hashes, start: int, table: Table, most: int) -> Pairs:
    """Pairs whose first end is in the block at `start`: neighbours at growing steps while their run goes on."""
    active = np.arange(start, min(start + BLOCK, len(ranked) - 1))
    limit, lower, upper = np.uint64(1 << table.rest), [active[:0]], [active[:0]]
    for step in range(1, len(ranked)):
        apart = ranked[active] ^ ranked[active + step]
        runs = apart < limit
        active, apart = active[runs], apart[runs]
        near = np.flatnonzero(np.bitwise_count(apart) <= most)
        near = near[table.is_first(table.restored(apart[near]))]
        if len(near):
            lower.append(active[near])
            upper.append(active[near] + step)
        active = active[: np.searchsorted(active, len(ranked) - step - 1)]
        if not len(active):
            break
    return _placed(values, ranked, table, np.concatenate(lower), np.concatenate(upper))


def _placed(values: Hashes, ranked: Hashes, table: Table, lower: Positions, upper: Positions) -> Pairs:
    """Pairs of places in a table as pairs of positions in `values`; each place is looked up once."""
    if not len(lower):
        return np.empty(0, np.uint64)
    base = lower.min()
    met = np.zeros(upper.max() - base + 1, np.bool_)
    met[lower - base] = met[upper - base] = True
    places = np.flatnonzero(met)
    position = np.empty(len(met), np.int64)
    position[places] = np.searchsorted(values, table.restored(ranked[places + base]))
    return packed(position[lower - base], position[upper - base])


def _joined_pairs(values: Hashes, new: Positions, table: Table, most: int) -> list[Pairs]:
    """A hash join: of all values only those that share a table's key with a new one are looked at."""
    keys = table.keys(values)
    wanted = np.zeros(1 << (64 - table.rest), np.bool_)
    wanted[keys[new]] = True
    rows = np.flatnonzero(wanted[keys])
    rows = rows[np.argsort(keys[rows], kind="stable")]
    left, right = (np.searchsorted(keys[rows], keys[new], side) for side in ("left", "right"))
    is_new = np.zeros(len(values), np.bool_)
    is_new[new] = True
    found = []
    for at in range(0, len(new), BLOCK >> 4):
        some = slice(at, at + (BLOCK >> 4))
        one, place = expanded(left[some], right[some])
        one, other = new[some][one], rows[place]
        apart = values[one] ^ values[other]
        near = (np.bitwise_count(apart) <= most) & (~is_new[other] | (one < other))
        near[near] = table.is_first(apart[near])
        found.append(packed(one[near], other[near]))
    return found


def expanded(left: Positions, right: Positions) -> tuple[Positions, Positions]:
    """The ranges left[k]..right[k]-1 one after the other: k of each element, and the element."""
    counts = right - left
    owner = np.repeat(np.arange(len(counts)), counts)
    return owner, np.arange(len(owner)) + np.repeat(left - np.cumsum(counts) + counts, counts)


def _in_blocks(hashes: Hashes, make: Callable[[Hashes], NDArray[np.generic]]) -> NDArray:  # type: ignore[type-arg]
    return np.concatenate([make(hashes[at : at + BLOCK // 4]) for at in range(0, max(len(hashes), 1), BLOCK // 4)])


def _ones(bits: int) -> np.uint64:
    return np.uint64((1 << bits) - 1)
