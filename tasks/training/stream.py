"""The pictures of a training as a stream: ids and places in memory, pictures read and varied as steps ask for them.

Which pictures a step shows, and how they are varied, is a function of the seed and the step alone: not of the number
of processes that read or train, nor of where a training was resumed.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import torch
from torch.utils.data import DataLoader, Dataset

from tasks.core import manifest
from tasks.core.errors import UserError, require
from tasks.core.image import decode_own
from tasks.core.shards import digest, file_digest
from tasks.core.splits import SPLITS
from tasks.faces.geometry import Matrix, compose, invert
from tasks.nets.condition import Vocabulary
from tasks.training import pairs
from tasks.training.batch import Batch
from tasks.training.order import Order
from tasks.training.pairs import Pair
from tasks.training.picture import Face, Picture, shown, stacked
from tasks.training.plan import Plan
from tasks.training.shelf import Shelf, buffer_of
from tasks.training.variation import Variation, unvaried, varied
from tasks.training.wishes import Words, asked, labels_of, vocabulary_of

ALIGN, TEACHER = Path("data/align"), Path("data/teacher")
PAIR, LABEL = Path("data/pair.parquet"), Path("data/label.parquet")
_PAIRS, _DRAWINGS = range(2)  # orders that chance decides, beside the purposes of variation.py
_COLUMNS = ["image", "matrix", "arc_matrix", "landmarks68"]


class Stream:
    """Photos with their drawings or, unpaired, photos with drawings by chance; `total` is the training's steps.

    `taught`: every photo with the teacher's drawing of it, whatever drawing it is paired with.
    """

    def __init__(
        self,
        plan: Plan,
        paired: bool,
        total: int | None = None,
        align: Path = ALIGN,
        teacher: Path = TEACHER,
        pair: Path = PAIR,
        taught: bool = False,
        label: Path = LABEL,
    ) -> None:
        self._plan, self._paired = plan, paired
        index = manifest.read_all(align, manifest.ALIGN, ["face_id", "role", "size"])
        self.size = _one_size(set(index["size"].to_pylist()))  # px, the side of the aligned crops
        buffer = buffer_of(self.size)
        self._photos = Shelf(align, manifest.ALIGN, _COLUMNS, buffer)
        self._faces = Shelf(align, manifest.ALIGN, _COLUMNS, buffer)  # drawings that are faces themselves
        self._teacher = Shelf(teacher, manifest.TEACHER, ["image"], buffer)
        rows = _read_pairs(pair)
        choose = pairs.lessons if taught else pairs.accepted if paired else pairs.photos
        self._splits = {split: choose(rows, split) for split in SPLITS}
        drawn = index.filter(pc.field("role") == "anime")["face_id"].to_pylist()
        self._drawings = {split: [] if paired else pairs.drawings(rows, drawn, split) for split in SPLITS}
        self._check(rows, pair)
        self.total = plan.total(self.count("train")) if total is None else total
        self._order = self._ordered(self._photos, [pair.photo for pair in self._splits["train"]], _PAIRS)
        self._other = self._ordered(self._faces, self._drawings["train"], _DRAWINGS)
        self._labels = labels_of(label) if plan.control else {}
        self.vocabulary = self._vocabulary()
        files = [*manifest.shards(align), *manifest.shards(teacher), pair, *([label] if plan.control else [])]
        self.digests = {str(path): file_digest(path) for path in files}
        self.digest = digest(*[part for item in self.digests.items() for part in item])

    def check(self, plan: Plan) -> None:
        """Raise UserError when a size of the plan is larger than the crops."""
        largest = max(plan.sizes)
        fault = f"{plan.section}.sizes holds {largest}, and data/align holds crops of {self.size} pixels"
        require(largest <= self.size, f"{fault}; set align.size: {largest} or leave the size out")

    def count(self, split: str) -> int:
        """Pairs, or photos of an unpaired training, in "train", "val" or "test"."""
        return len(self._splits[split])

    def batches(self, start: int, rank: int = 0, world: int = 1) -> Iterator[Batch]:
        """The batches of the steps from `start` to the last; of each the part of process `rank` out of `world`."""
        fault = f"{self._plan.section}.batch is {self._plan.batch}, to be shared by {world} processes"
        require(self._plan.batch % world == 0, f"{fault}; use a multiple of {world}")
        workers = self._plan.workers
        loader = DataLoader(
            _Steps(self, rank, world),
            batch_size=None,
            sampler=range(start, self.total),
            collate_fn=list,
            num_workers=workers,
            worker_init_fn=_single_thread,
            multiprocessing_context="spawn" if workers else None,  # forks of a process with threads may hang
            generator=torch.Generator(),  # the training's own generator stays as it is
        )
        for step, pictures in zip(range(start, self.total), loader, strict=True):
            batch = stacked(pictures, self._plan.size_at(step, self.total), self.vocabulary.size)
            yield replace(batch, faces=not self._plan.cuts_out(step, self.total))

    def frames(self, split: str, limit: int, size: int | None = None) -> Batch:
        """The first pictures of the split, `limit` at most, whole and unvaried, at their own size or at `size`."""
        some, size = self._splits[split][:limit], size or self.size
        others: list[str | None] = [*self._drawings[split]] or [None]
        change = unvaried(self.size)
        found = [self._picture(pair, others[i % len(others)], change, size) for i, pair in enumerate(some)]
        return stacked(found, size, self.vocabulary.size)

    def pictures(self, step: int, rank: int = 0, world: int = 1) -> list[Picture]:
        """What a step shows to one process of several."""
        size, share = self._plan.size_at(step, self.total), self._plan.batch // world
        first, cutout = step * self._plan.batch + rank * share, self._plan.cuts_out(step, self.total)
        return [self._varied(position, size, size if cutout else 0) for position in range(first, first + share)]

    def _varied(self, position: int, size: int, cutout: int) -> Picture:
        """The picture at a position of the whole training, cut and lit as chance has it."""
        pair = self._splits["train"][self._order.at(position)]
        other = None if self._paired else self._drawings["train"][self._other.at(position)]
        return self._picture(pair, other, varied(self._plan, self.size, self._paired, position, cutout), size)

    def _picture(self, pair: Pair, other: str | None, change: Variation, size: int) -> Picture:
        """A pair, or a photo with another drawing, as it is varied."""
        photo, drawn = _face(self._photos.row(pair.photo)), other or pair.drawing
        drawing = (
            replace(photo, image=self._teacher.image(pair.photo)) if drawn is None else _face(self._faces.row(drawn))
        )
        picture = shown(photo, drawing, pair.aligned, change, size)
        wishes = self.vocabulary.vector(asked(self.vocabulary, self._said(pair, drawn, picture.hair, change)))
        return replace(picture, wishes=wishes)

    def _said(self, pair: Pair, drawn: str | None, hair: str, change: Variation) -> Words:
        """The photo's age and the drawing's hair and style, but for what is left unsaid; given hair always is said."""
        if not self._labels:
            return {}
        photo, drawing = self._labels.get(pair.photo, {}), self._labels.get(drawn or pair.photo, {})
        words = {"hair": drawing.get("hair", ""), "age": photo.get("age", "")}
        words["style"] = drawing.get("style", "") if drawn else pair.teacher
        said = {name: word for name, word in words.items() if name not in change.unsaid}
        return said | {"hair": hair} if hair else said

    def _vocabulary(self) -> Vocabulary:
        """What the training's photos and drawings can be asked for."""
        some = self._splits["train"]
        drawn = [pair.drawing for pair in some if pair.drawing] + self._drawings["train"]
        styles = [self._labels[face]["style"] for face in drawn if face in self._labels]
        ages = [self._labels[pair.photo]["age"] for pair in some if pair.photo in self._labels]
        return vocabulary_of(self._plan.control, ages, [*styles, *[pair.teacher for pair in some]])

    def _ordered(self, shelf: Shelf, faces: list[str], purpose: int) -> Order:
        return Order(shelf.groups(faces), shelf.rows, shelf.buffer, [self._plan.seed, purpose])

    def _check(self, rows: list[pairs.Row], pair: Path) -> None:
        """Raise UserError when there is nothing to learn from, or when a pair's picture is missing."""
        if not self._splits["train"]:
            many = sum(row["status"] == "accepted" for row in rows)
            raise UserError(
                f"{pair} has no accepted training pair ({many} accepted); set pair.teacher: cel, accept "
                "candidates in review, add data/sources/pairs.csv, or give more photos"
                if self._paired
                else f"{pair} names no photo of the training split; give more photos"
            )
        drawn = self._paired or self._drawings["train"]
        require(bool(drawn), "data/align holds no drawing to learn a style from; add a source of role anime")
        for each in [each for split in self._splits.values() for each in split]:
            taken = self._teacher if each.drawing is None else self._faces
            known = not self._paired or (each.drawing or each.photo) in taken
            fault = f"pair {each.pair_id} names pictures that data/align and data/teacher lack; dvc repro"
            require(each.photo in self._photos and known, fault)


class _Steps(Dataset[list[Picture]]):
    """The steps of a training as torch's loader asks for them, by number."""

    def __init__(self, stream: Stream, rank: int, world: int) -> None:
        self._stream, self._rank, self._world = stream, rank, world

    def __getitem__(self, step: int) -> list[Picture]:
        return self._stream.pictures(step, self._rank, self._world)


def _single_thread(_worker: int) -> None:
    """The cores are the training's: threads of OpenCV's own would fight over them."""
    cv2.setNumThreads(1)


def _face(row: dict[str, Any]) -> Face:
    points = np.asarray(row["landmarks68"], np.float64).reshape(68, 2)
    return Face(decode_own(row["image"]["bytes"]), points, _crop_to_arc(row))


def _read_pairs(path: Path) -> list[dict[str, Any]]:
    """The rows that have a split, in the manifest's order."""
    columns = ["pair_id", "photo", "anime", "method", "status", "split", "teacher"]
    table: pa.Table = manifest.read(path, manifest.PAIR, columns).filter(pc.is_valid(pc.field("split")))
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


def _crop_to_arc(row: dict[str, Any]) -> Matrix:
    matrix, arc = (np.array(row[name], np.float64).reshape(2, 3) for name in ("matrix", "arc_matrix"))
    return compose(invert(matrix), arc)


def _one_size(sizes: set[int]) -> int:
    if len(sizes) != 1:
        raise UserError(f"data/align holds crops of {sorted(sizes) or 'no'} pixels, not of one size; dvc repro align")
    return sizes.pop()
