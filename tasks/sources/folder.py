"""A folder of loose files, here or at any URL that fsspec knows."""

from collections.abc import Iterator, Mapping, Sequence

from tasks.core import shards
from tasks.core.errors import require
from tasks.sources import place, record, table
from tasks.sources.batch import File, limited, unread
from tasks.sources.source import Source


class Folder:
    """The files below a folder, each under its path in it."""

    def __init__(self, source: Source, limit: int) -> None:
        files = place.listed(source.path)
        require(files is not None, f"ingest.sources path {source.path!r} is no folder; correct or create it")
        self.source, self.limit = source, limit
        self.names: Mapping[str, int] = {name: size for name, size in (files or {}).items() if name not in record.NAMES}
        require(bool(self.names), f"ingest.sources path {source.path!r} holds no file; add pictures")
        self.records = self._records([name for name in record.NAMES if name in (files or {})])

    def stamp(self, names: Sequence[str]) -> str:
        """A digest over every file's own."""
        return shards.digest(*[place.digest(place.joined(self.source.path, name)) for name in names])

    def read(self, names: Sequence[str]) -> Iterator[File]:
        """One file after the other."""
        for name in names:
            yield unread(name) or self._file(name)

    def _file(self, name: str) -> File:
        with place.opened(place.joined(self.source.path, name)) as file:
            return limited(name, file, self.names[name], self.limit)

    def _records(self, found: list[str]) -> record.Records:
        if not found:
            return record.none(self.source)
        path = place.joined(self.source.path, found[0])
        with place.opened(path) as file:
            return record.of_table(path, table.read(path, file), self.source)
