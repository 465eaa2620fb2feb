"""The aligned crops by face_id, read from their shards when they are asked for."""

from functools import lru_cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.core import manifest
from tasks.core.errors import UserError
from tasks.core.manifest import ALIGN

HELD = 8  # groups of rows kept in memory, of a hundred pictures or fewer each
INDEXES = 1024  # shards whose faces are kept in memory
UNREADABLE = (OSError, UserError, pa.ArrowInvalid)  # what a shard is while a stage writes it anew

Mark = tuple[int, int, int]  # inode, bytes, nanoseconds: a shard that was written anew has another


class Crops:
    """Pictures of a folder of aligned shards; a face_id is looked up in an index and never becomes a path."""

    def __init__(self, folder: Path) -> None:
        self._groups = lru_cache(INDEXES)(_index)
        self._pictures = lru_cache(HELD)(_pictures)
        self._shards = {face: shard for shard in manifest.shards(folder) for face in self._groups(shard, _mark(shard))}

    def __contains__(self, face: str) -> bool:
        """Whether the face is there now; no picture is read for it."""
        return self._place(face) is not None

    def read(self, face: str) -> bytes | None:
        """The PNG of a face's crop; None for a face that is not there, or no longer: it may have left just now."""
        try:
            place = self._place(face)
            return self._pictures(*place).get(face) if place else None
        except UNREADABLE:
            return None

    def _place(self, face: str) -> tuple[Path, int, Mark] | None:
        shard = self._shards.get(face)
        if shard is None:
            return None
        try:
            mark = _mark(shard)
            group = self._groups(shard, mark).get(face)
        except UNREADABLE:
            return None
        return None if group is None else (shard, group, mark)


def _mark(shard: Path) -> Mark:
    found = shard.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns


def _index(shard: Path, _state: Mark) -> dict[str, int]:
    """Face -> group of rows."""
    manifest.read(shard, ALIGN, ["face_id"])  # its columns are those of this version
    file = pq.ParquetFile(shard)
    groups = range(file.num_row_groups)
    faces = {group: file.read_row_group(group, columns=["face_id"])["face_id"].to_pylist() for group in groups}
    return {face: group for group in groups for face in faces[group]}


def _pictures(shard: Path, group: int, _state: Mark) -> dict[str, bytes]:
    rows = pq.ParquetFile(shard).read_row_group(group, columns=["face_id", "image"]).to_pylist()
    return {row["face_id"]: row["image"]["bytes"] for row in rows}
