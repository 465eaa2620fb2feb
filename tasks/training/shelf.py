"""Faces by id from a folder of shards, with a bounded number of row groups in memory."""

from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from tasks.core import manifest
from tasks.core.image import Image, decode_own


def buffer_of(side: int) -> int:
    """How many rows are mixed with each other, from the side of their pictures in pixels: about 50 to 100 MB."""
    return max(2 * manifest.ROW_GROUP, 4 * manifest.ROW_GROUP * 256**2 // max(side, 256) ** 2)


class Shelf:
    """The rows of a folder of shards; in memory are the ids, their places, and the row groups asked for last.

    Those have no more rows than a `buffer` and one group together.
    """

    def __init__(self, folder: Path, schema: pa.Schema, columns: list[str], buffer: int) -> None:
        self.buffer, self._columns = buffer, columns
        self._groups: list[tuple[Path, int]] = []
        self._place: dict[str, tuple[int, int]] = {}
        for shard in manifest.shards(folder):
            self._add(shard, manifest.read(shard, schema, ["face_id"])["face_id"].to_pylist())
        groups = np.array([group for group, _ in self._place.values()], np.int64)
        self.rows = np.bincount(groups, minlength=len(self._groups))  # of each row group
        self.kept: OrderedDict[int, pa.Table] = OrderedDict()

    def _add(self, shard: Path, faces: list[str]) -> None:
        first = len(self._groups)
        self._groups += [(shard, number) for number in range(-(-len(faces) // manifest.ROW_GROUP))]
        for row, face in enumerate(faces):
            group, within = divmod(row, manifest.ROW_GROUP)
            self._place[face] = first + group, within

    def __contains__(self, face: str) -> bool:
        return face in self._place

    def __getstate__(self) -> dict[str, Any]:
        """Another process reads its own row groups."""
        return {**self.__dict__, "kept": OrderedDict()}

    def groups(self, faces: list[str]) -> NDArray[np.int64]:
        """The row group of each face, a number within the folder."""
        return np.array([self._place[face][0] for face in faces], np.int64)

    def row(self, face: str) -> dict[str, Any]:
        """The face's columns."""
        group, within = self._place[face]
        found: dict[str, Any] = self._table(group).slice(within, 1).to_pylist()[0]
        return found

    def image(self, face: str) -> Image:
        """The face's picture, decoded."""
        return decode_own(self.row(face)["image"]["bytes"])

    def _table(self, group: int) -> pa.Table:
        if group in self.kept:
            self.kept.move_to_end(group)
            return self.kept[group]
        shard, number = self._groups[group]
        with pq.ParquetFile(shard, memory_map=True) as file:
            self.kept[group] = file.read_row_group(number, columns=self._columns, use_threads=False)
        most = self.buffer + manifest.ROW_GROUP
        while len(self.kept) > 1 and sum(table.num_rows for table in self.kept.values()) > most:
            self.kept.popitem(last=False)
        return self.kept[group]
