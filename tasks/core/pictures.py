"""Stored pictures by id, read a row group at a time: what nobody asks for is not read."""

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.core import manifest

GROUPS = 4  # row groups kept in memory, of manifest.ROW_GROUP pictures each


class Pictures:
    """The bytes of every picture in a folder of shards, by the column `key`; of equal ids the first one counts."""

    def __init__(self, folder: Path, schema: pa.Schema, key: str) -> None:
        self._place: dict[str, tuple[Path, int]] = {}
        for shard in manifest.shards(folder):
            for row, name in enumerate(manifest.read(shard, schema, [key])[key].to_pylist()):
                self._place.setdefault(name, (shard, row))
        self._group = lru_cache(GROUPS)(_read_group)

    def __contains__(self, name: str) -> bool:
        return name in self._place

    def place(self, name: str) -> tuple[Path, int]:
        """Shard and row: who reads in this order reads every row group once."""
        return self._place[name]

    def in_order(self, names: Iterable[str]) -> list[str]:
        """The known ones among the names, each once, as they lie in the shards."""
        return sorted({name for name in names if name in self}, key=self.place)

    def read(self, name: str) -> bytes | None:
        """The picture's bytes; None where the row holds none."""
        shard, row = self._place[name]
        group, within = divmod(row, manifest.ROW_GROUP)
        cell = self._group(shard, group)[within].as_py()
        return cell["bytes"] if cell else None


def _read_group(shard: Path, group: int) -> pa.ChunkedArray:
    with pq.ParquetFile(shard, memory_map=True) as file:
        return file.read_row_group(group, columns=["image"])["image"]
