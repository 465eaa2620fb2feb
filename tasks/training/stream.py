"""Pairs as batches: random crops and whole frames of photos and the drawings that belong to them.

Which pictures a step shows, and how, is a function of the seed and the step alone: a resumed training sees what an
uninterrupted one would have seen. Pictures are read from the shards as they are asked for and kept as uint8.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from numpy.typing import NDArray
from torch import Tensor

from tasks.core import manifest
from tasks.core.errors import UserError
from tasks.core.image import Image, decode_own
from tasks.core.shards import digest, file_digest
from tasks.faces.geometry import Matrix, compose, invert
from tasks.training.recipe import Recipe

ALIGN, TEACHER, PAIR = Path("data/align"), Path("data/teacher"), Path("data/pair.parquet")
KEPT = 2048  # decoded pictures in memory: 0.4 GB at 256 px


@dataclass(frozen=True)
class Pair:
    """A photo's face and its drawing: another face, or a teacher's picture where `drawing` is None."""

    pair_id: str
    photo: str
    drawing: str | None
    aligned: bool  # pixel by pixel comparable


@dataclass(frozen=True)
class Batch:
    """One step's pictures, n x 3 x h x w RGB in -1..1, and n x 2 x 3 matrices from them to the 112 template."""

    photos: Tensor
    drawings: Tensor
    aligned: Tensor  # n, 1.0 or 0.0
    arc: Tensor
    whole: bool  # whole frames, so that a face is in view


@dataclass(frozen=True)
class Window:
    """The square of a picture that is shown, from (x, y) on, perhaps mirrored."""

    x: int
    y: int
    side: int
    mirrored: bool

    def cut(self, image: Image) -> Image:
        """The window's pixels."""
        part = image[self.y : self.y + self.side, self.x : self.x + self.side]
        return part[:, ::-1] if self.mirrored else part

    def arc(self, arc: Matrix) -> Matrix:
        """From the window's pixels to the template, given the whole picture's matrix.

        A mirrored face is a mirrored person to photo and drawing alike, so the plain matrix of its mirror will do.
        """
        sign, shift = (-1.0, self.x + self.side - 1) if self.mirrored else (1.0, self.x)
        return compose(np.array([[sign, 0.0, shift], [0.0, 1.0, self.y]]), arc)


class Pictures:
    """Images of a folder of shards by face id, decoded when asked for, the last KEPT of them in memory."""

    def __init__(self, folder: Path, schema: pa.Schema) -> None:
        self._place: dict[str, tuple[Path, int]] = {}
        for shard in manifest.shards(folder):
            faces = manifest.read(shard, schema, ["face_id"])["face_id"].to_pylist()
            self._place.update({face: (shard, row) for row, face in enumerate(faces)})
        self.read: Callable[[str], Image] = lru_cache(KEPT)(self._read)

    def __contains__(self, face: str) -> bool:
        return face in self._place

    def _read(self, face: str) -> Image:
        shard, row = self._place[face]
        group, within = divmod(row, manifest.ROW_GROUP)
        with pq.ParquetFile(shard, memory_map=True) as file:
            cell = file.read_row_group(group, columns=["image"])["image"][within].as_py()
        return decode_own(cell["bytes"])


class Pairs:
    """The accepted pairs of the splits, with access to their pictures."""

    def __init__(self, align: Path = ALIGN, teacher: Path = TEACHER, pair: Path = PAIR) -> None:
        self._faces, self._drawn = Pictures(align, manifest.ALIGN), Pictures(teacher, manifest.TEACHER)
        accepted = [row for row in manifest.read(pair, manifest.PAIR).to_pylist() if row["status"] == "accepted"]
        if "train" not in {row["split"] for row in accepted}:
            raise UserError(
                f"{pair} has no accepted training pair ({len(accepted)} accepted); set pair.teacher: cel, accept "
                "candidates in review, add data/sources/pairs.csv, or give more photos"
            )
        self._splits = {s: [self._pair(row) for row in accepted if row["split"] == s] for s in ("train", "val")}
        columns = ["face_id", "size", "matrix", "arc_matrix"]
        rows = manifest.read_all(align, manifest.ALIGN, columns).to_pylist()
        self._arc = {row["face_id"]: _crop_to_arc(row) for row in rows}
        self.size = _one_size({int(row["size"]) for row in rows})
        files = [*manifest.shards(align), *manifest.shards(teacher), pair]
        self.digests = {str(path): file_digest(path) for path in files}
        self.digest = digest(*[part for item in self.digests.items() for part in item])

    def split(self, name: str) -> list[Pair]:
        """The pairs of "train" or "val"."""
        return self._splits[name]

    def batch(self, recipe: Recipe, step: int) -> Batch:
        """The pictures of a step (0 ...): every pair once before any comes again, in an order of the epoch's own."""
        whole = step >= recipe.first_frame or recipe.size >= self.size
        count = recipe.batch if not whole else max(1, recipe.batch * recipe.size**2 // self.size**2)
        pairs = self._splits["train"]
        chosen = [pairs[i] for i in _order(len(pairs), recipe.seed, step * recipe.batch, count)]
        rng = np.random.default_rng([recipe.seed, 1, step])
        windows = [_window(self.size, self.size if whole else recipe.size, rng) for _ in chosen]
        return self._stack(chosen, windows, whole)

    def frames(self, pairs: list[Pair]) -> Batch:
        """The pairs' whole pictures."""
        return self._stack(pairs, [Window(0, 0, self.size, False)] * len(pairs), True)

    def _stack(self, pairs: list[Pair], windows: list[Window], whole: bool) -> Batch:
        both = list(zip(pairs, windows, strict=True))
        arcs = np.stack([window.arc(self._arc[pair.photo]) for pair, window in both])
        return Batch(
            photos=to_tensor([window.cut(self._faces.read(pair.photo)) for pair, window in both]),
            drawings=to_tensor([window.cut(self._drawing(pair)) for pair, window in both]),
            aligned=torch.tensor([float(pair.aligned) for pair in pairs]),
            arc=torch.from_numpy(arcs).float(),
            whole=whole,
        )

    def _drawing(self, pair: Pair) -> Image:
        return self._drawn.read(pair.photo) if pair.drawing is None else self._faces.read(pair.drawing)

    def _pair(self, row: dict[str, str]) -> Pair:
        photo, drawing = row["photo"], row["anime"] or None
        missing = photo not in self._faces or (photo if drawing is None else drawing) not in (
            self._drawn if drawing is None else self._faces
        )
        if missing:
            raise UserError(f"pair {row['pair_id']} names pictures that data/align and data/teacher lack; dvc repro")
        return Pair(row["pair_id"], photo, drawing, row["method"] != "match")


def to_tensor(images: list[Image]) -> Tensor:
    """Stack h x w x 3 RGB pictures to n x 3 x h x w in -1..1, channels last in memory, which is faster on a CPU."""
    stacked: NDArray[np.uint8] = np.ascontiguousarray(np.stack(images))
    return torch.from_numpy(stacked).permute(0, 3, 1, 2).float() / 127.5 - 1


def _crop_to_arc(row: dict[str, list[float]]) -> Matrix:
    matrix, arc = (np.array(row[name], np.float64).reshape(2, 3) for name in ("matrix", "arc_matrix"))
    return compose(invert(matrix), arc)


def _one_size(sizes: set[int]) -> int:
    if len(sizes) != 1:
        raise UserError(f"data/align holds crops of {sorted(sizes) or 'no'} pixels, not of one size; dvc repro align")
    return sizes.pop()


def _order(count: int, seed: int, start: int, length: int) -> list[int]:
    places = [divmod(position, count) for position in range(start, start + length)]
    orders = {epoch: np.random.default_rng([seed, 0, epoch]).permutation(count) for epoch, _ in places}
    return [int(orders[epoch][place]) for epoch, place in places]


def _window(full: int, side: int, rng: np.random.Generator) -> Window:
    x, y = (int(v) for v in rng.integers(0, full - side + 1, 2))
    return Window(x, y, side, bool(rng.integers(2)))
