"""The aligned crops by face_id, read from their shards when they are asked for."""

from functools import lru_cache
from pathlib import Path

import pyarrow.parquet as pq

from tasks.core import manifest
from tasks.core.manifest import ALIGN

HELD = 8  # groups of rows kept in memory, of a hundred pictures or fewer each


class Crops:
    """Pictures of a folder of aligned shards; a face_id is looked up in an index and never becomes a path."""

    def __init__(self, folder: Path) -> None:
        self._places = {face: place for shard in manifest.shards(folder) for face, place in _index(shard)}
        self._pictures = lru_cache(HELD)(_pictures)

    def read(self, face: str) -> bytes | None:
        """The PNG of a face's crop; None for a face that is not there, or no longer."""
        if face not in self._places:
            return None
        shard, group = self._places[face]
        return self._pictures(shard, group).get(face) if shard.is_file() else None


def _index(shard: Path) -> list[tuple[str, tuple[Path, int]]]:
    manifest.read(shard, ALIGN, ["face_id"])  # its columns are those of this version
    file = pq.ParquetFile(shard)
    groups = range(file.num_row_groups)
    faces = {group: file.read_row_group(group, columns=["face_id"])["face_id"].to_pylist() for group in groups}
    return [(face, (shard, group)) for group in groups for face in faces[group]]


def _pictures(shard: Path, group: int) -> dict[str, bytes]:
    rows = pq.ParquetFile(shard).read_row_group(group, columns=["face_id", "image"]).to_pylist()
    return {row["face_id"]: row["image"]["bytes"] for row in rows}
