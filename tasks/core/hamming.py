"""All pairs of 64-bit hashes within a few bits of each other, in time linear in their number.

The hash is cut into six bands of 10 or 11 bits. Two hashes at distance <= 4 agree in at least two bands (four bits
can spoil four bands only), so that grouping by each of the 15 pairs of bands finds every pair: multi-index hashing
(Norouzi, Punjani and Fleet, "Fast search in Hamming space with multi-index hashing", CVPR 2012).
"""

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

BANDS = ((0, 11), (11, 11), (22, 11), (33, 11), (44, 10), (54, 10))  # first bit, bits
MOST = 4  # the distance up to which no pair is missed

Hashes = NDArray[np.uint64]
Pairs = NDArray[np.int64]


def near_pairs(hashes: Hashes, most: int) -> Pairs:
    """Index pairs (i < j), m x 2 and sorted, of hashes that differ in at most `most` (0..4) bits."""
    if not 0 <= most <= MOST:
        raise ValueError(f"distance {most}: this search is exact from 0 to {MOST}")
    found = [_in_table(hashes, one, two, most) for one, two in combinations(BANDS, 2)]
    return np.unique(np.concatenate(found), axis=0)


def distance(a: Hashes, b: Hashes) -> NDArray[np.int64]:
    """Bits in which the hashes differ, element by element."""
    return np.asarray(np.bitwise_count(a ^ b), np.int64)


def _in_table(hashes: Hashes, one: tuple[int, int], two: tuple[int, int], most: int) -> Pairs:
    """Pairs within `most` bits among those that agree in two bands."""
    key = _band(hashes, *one) << np.uint64(11) | _band(hashes, *two)
    order = np.argsort(key, kind="stable")
    ranked = key[order]
    pairs = []
    for step in range(1, len(hashes)):  # neighbours at growing distance inside a run of equal keys
        same = np.flatnonzero(ranked[step:] == ranked[:-step])
        if not len(same):
            break
        i, j = order[same], order[same + step]
        near = distance(hashes[i], hashes[j]) <= most
        pairs.append(np.sort(np.stack([i[near], j[near]], axis=1), axis=1))
    return np.concatenate([np.empty((0, 2), np.int64), *pairs])


def _band(hashes: Hashes, first: int, bits: int) -> Hashes:
    return hashes >> np.uint64(first) & np.uint64((1 << bits) - 1)
