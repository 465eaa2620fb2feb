"""What 16 x 16 grey levels tell about two pictures: a second hash to find copies by, and how alike they are.

A thumb is a row of 256 grey levels (uint8, row by row, upright); many of them are an n x 256 array.
"""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tasks.core.hamming import Hashes

SIDE = 16
FLAT = 2.0  # grey levels of standard deviation below which a thumb is noise, alike to nothing
EQUAL = 1  # grey levels by which the cells of two decoders' thumbs of one picture differ at most
BLOCK = 1 << 14  # pairs at a time

Thumbs = NDArray[np.uint8]
Positions = NDArray[np.int64]


def from_column(column: pa.ChunkedArray) -> Thumbs:
    """The manifest's thumbs, n x 256; raises pa.ArrowInvalid where one has another length or is null."""
    size = SIDE * SIDE
    chunks = [_fixed(chunk, size) for chunk in column.chunks]
    return np.concatenate([np.empty((0, size), np.uint8), *chunks])


def gradient_hash(thumbs: Thumbs) -> Hashes:
    """One bit per cell of 2 x 2: whether its right neighbour is lighter, the last column's being the first.

    The difference hash of Krawetz ("Kind of like that", 2013), but round the edge, for eight bits of eight columns.
    Unlike the perceptual hash, whose every bit sees the whole picture, it barely feels a line of text.
    """
    hashes = [_gradient_bits(thumbs[at : at + BLOCK]) for at in range(0, max(len(thumbs), 1), BLOCK)]
    return np.concatenate(hashes)


def likeness(thumbs: Thumbs, one: Positions, other: Positions) -> NDArray[np.float32]:
    """The correlation of the thumbs of each pair, -1..1: mean and gain, so exposure and grey conversion, drop out.

    1 where all cells are equal within a level; 0 where a thumb is flat, since noise resembles nothing.
    """
    blocks = [slice(at, at + BLOCK) for at in range(0, max(len(one), 1), BLOCK)]
    return np.concatenate([_correlation(thumbs[one[part]], thumbs[other[part]]) for part in blocks])


def equal(thumbs: Thumbs, one: Positions, other: Positions) -> NDArray[np.bool_]:
    """Whether the thumbs of each pair agree in every cell, as those of one picture in two files do."""
    blocks = [slice(at, at + BLOCK) for at in range(0, max(len(one), 1), BLOCK)]
    return np.concatenate([_equal(thumbs[one[part]], thumbs[other[part]]) for part in blocks])


def _gradient_bits(thumbs: Thumbs) -> Hashes:
    cells = thumbs.reshape(-1, SIDE, SIDE).astype(np.uint16)
    cells = cells[:, 0::2] + cells[:, 1::2]
    cells = cells[..., 0::2] + cells[..., 1::2]
    lighter = np.roll(cells, -1, axis=2) > cells
    return np.packbits(lighter.reshape(-1, 64), axis=1).view(">u8")[:, 0].astype(np.uint64)


def _correlation(a: Thumbs, b: Thumbs) -> NDArray[np.float32]:
    x, y = _centred(a), _centred(b)
    spread = np.sqrt(np.einsum("ij,ij->i", x, x) * np.einsum("ij,ij->i", y, y))
    flat = np.minimum(a.std(axis=1), b.std(axis=1)) < FLAT
    found = np.einsum("ij,ij->i", x, y) / np.where(flat, 1, spread)
    return np.where(_equal(a, b), 1, np.where(flat, 0, found)).astype(np.float32)


def _centred(thumbs: Thumbs) -> NDArray[np.float32]:
    levels = thumbs.astype(np.float32)
    return np.asarray(levels - levels.mean(axis=1, keepdims=True), np.float32)


def _equal(a: Thumbs, b: Thumbs) -> NDArray[np.bool_]:
    return np.asarray((np.maximum(a, b) - np.minimum(a, b) <= EQUAL).all(axis=1), np.bool_)


def _fixed(chunk: pa.Array, size: int) -> Thumbs:
    if chunk.null_count:
        raise pa.ArrowInvalid(f"{chunk.null_count} pictures have no thumb")
    fixed = chunk.cast(pa.binary(size))
    levels = np.frombuffer(fixed.buffers()[1], np.uint8)
    return levels[fixed.offset * size : (fixed.offset + len(fixed)) * size].reshape(-1, size)
