"""The near pairs of a set of hashes, kept in one file: a refresh compares only the hashes that are new.

The file is a pure function of the set: grown, shrunk or made at once, the same bytes. It is five words of head (magic
with version, bits, number of hashes, number of pairs, CRC-32 of the rest), the distinct hashes in ascending order, and
the packed pairs of their positions in ascending order; every word a little-endian 64-bit number.
"""

import os
import tempfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tasks.core import manifest
from tasks.core.hamming import MOST, Hashes, Pairs, Positions, distinct, ends, near_pairs, new_pairs, packed

MAGIC = int.from_bytes(b"NEAR\0\0\0\1", "big")  # the last byte is the version of the format
HEAD = 5  # words
MANY = 0.2  # share of new hashes from which a search of everything is as cheap


@dataclass(frozen=True)
class NearIndex:
    """Distinct hashes, ascending, and every pair of them within MOST bits, packed and ascending."""

    values: Hashes
    pairs: Pairs

    def positions(self, hashes: Hashes) -> Positions:
        """Where each of the hashes, all of them in the index, stands in `values`."""
        return np.searchsorted(self.values, hashes).astype(np.int64)


def refresh(path: Path, hashes: Hashes) -> NearIndex:
    """The index of exactly these hashes (repeats count once), brought up to date on disk."""
    old, values = load(path), distinct(hashes)
    if old is not None and np.array_equal(old.values, values):
        return old
    index = build(values) if old is None else moved(old, values)
    save(index, path)
    return index


def build(values: Hashes) -> NearIndex:
    """The index of ascending, distinct hashes from nothing."""
    return NearIndex(values, _sorted(near_pairs(values)))


def moved(old: NearIndex, values: Hashes) -> NearIndex:
    """The index of other hashes: pairs whose two ends stay are taken over, new hashes are compared with all."""
    new = np.flatnonzero(~_among(values, old.values))
    if len(new) > MANY * len(values):
        return build(values)
    stays, place = _among(old.values, values), np.searchsorted(values, old.values).astype(np.int64)
    one, other = ends(old.pairs)
    both = stays[one] & stays[other]
    kept = packed(place[one[both]], place[other[both]])
    return NearIndex(values, _sorted([kept, *new_pairs(values, new)]))


def load(path: Path) -> NearIndex | None:
    """The index as it was saved, mapped into memory; None where there is none, or none that is whole and ours."""
    if not path.is_file() or path.stat().st_size < 8 * HEAD or path.stat().st_size % 8:
        return None
    words = np.memmap(path, "<u8", "r")
    magic, most, count, pairs, check = (int(word) for word in words[:HEAD])
    if (magic, most, HEAD + count + pairs) != (MAGIC, MOST, len(words)) or zlib.crc32(words[HEAD:].data) != check:
        return None
    return NearIndex(words[HEAD : HEAD + count], words[HEAD + count :])


def save(index: NearIndex, path: Path) -> None:
    """Write the index, whole or not at all."""
    values, pairs = index.values.astype("<u8", copy=False), index.pairs.astype("<u8", copy=False)
    check = zlib.crc32(pairs.data, zlib.crc32(values.data))
    with manifest.whole(path) as part, part.open("wb") as file:
        np.array([MAGIC, MOST, len(values), len(pairs), check], "<u8").tofile(file)
        values.tofile(file)
        pairs.tofile(file)


def _among(some: Hashes, others: Hashes) -> NDArray[np.bool_]:
    """Whether each of `some` is one of the ascending `others`."""
    if not len(others):
        return np.zeros(len(some), np.bool_)
    place = np.minimum(np.searchsorted(others, some), len(others) - 1)
    return np.asarray(others[place] == some, np.bool_)


def _sorted(pieces: Iterable[Pairs]) -> Pairs:
    """All pieces in ascending order; they wait on disk, so that memory holds them once."""
    with tempfile.TemporaryFile() as spool:
        for piece in pieces:
            piece.tofile(spool)
        spool.seek(0, os.SEEK_SET)
        pairs = np.fromfile(spool, np.uint64)
    pairs.sort()
    return pairs
