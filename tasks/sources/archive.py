"""A zip or tar archive as a batch; nothing is ever unpacked under a member's own name."""

import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from io import BytesIO
from pathlib import PurePosixPath

from tasks.core import shards
from tasks.core.errors import require
from tasks.sources import names as naming
from tasks.sources import place, record, table, tars, zips
from tasks.sources.batch import File, too_many
from tasks.sources.source import Source
from tasks.sources.zips import ArchiveError, Entry


class Archive:
    """The members of an archive in order of name; an archive that breaks off has a row of its own that says so."""

    def __init__(self, source: Source, limit: int) -> None:
        require(place.is_file(source.path), f"ingest.sources path {source.path!r} is no file; correct it")
        self.source, self.limit = source, limit
        self._file = place.opened(source.path)
        self._zipped = self._file.read(2) == b"PK"
        self._fault = ""
        if not self._zipped:
            self._file, self._fault = tars.plain(self._file)
        weakref.finalize(self, self._file.close)
        self._entries = {entry.name: entry for entry in sorted(distinct(self._members()))}
        beside = self._beside()
        self.names: Mapping[str, int] = {name: entry.size for name, entry in self._entries.items() if name != beside}
        require(bool(self.names), f"ingest.sources path {source.path!r} holds no file; add pictures")
        self.records = self._records(beside)

    @cached_property
    def digest(self) -> str:
        """Of the archive as a whole."""
        return place.digest(self.source.path)

    def stamp(self, names: Sequence[str]) -> str:
        """The archive's digest with the names: nothing is unpacked for it."""
        return shards.digest(self.digest, str(self.limit), *[naming.printable(name) for name in names])

    def read(self, names: Sequence[str]) -> Iterator[File]:
        """One member after the other, each no larger than its entry says."""
        for name in names:
            yield self._member(self._entries[name])

    def _member(self, entry: Entry) -> File:
        if entry.reason:
            return File(entry.name, b"", entry.reason, entry.detail)
        if entry.size > self.limit:
            return too_many(entry.name, self.limit)
        try:
            return File(entry.name, self._bytes(entry))
        except ArchiveError as fault:
            return File(entry.name, b"", "unreadable", str(fault))

    def _bytes(self, entry: Entry) -> bytes:
        if self._zipped:
            return zips.unpacked(self._file, entry)
        self._file.seek(entry.offset)
        return self._file.read(entry.size)

    def _members(self) -> Iterator[Entry]:
        """Every member that is no folder and not hidden; at the end the archive itself, where it is not whole."""
        fault = self._fault
        try:
            found = zips.apart(zips.entries(self._file)) if self._zipped else tars.entries(self._file)
            yield from (entry for entry in found if not place.hidden(entry.name))
        except ArchiveError as broken:
            fault = fault or str(broken)
        if fault:
            yield Entry(PurePosixPath(self.source.path).name, 0, 0, 0, 0, 0, "broken_archive", fault)

    def _beside(self) -> str | None:
        """The name of the records: at the top, or in the one folder that holds everything."""
        first = next(iter(self._entries), "")
        top = first.partition("/")[0] + "/"
        folder = top if all(name.startswith(top) for name in self._entries) else ""
        return next((folder + name for name in record.NAMES if folder + name in self._entries), None)

    def _records(self, name: str | None) -> record.Records:
        file = self._member(self._entries[name]) if name else None
        if name is None or file is None:
            return record.none(self.source)
        path = f"{self.source.path}/{name}"
        require(file.reason is None, f"{path} cannot be read: {file.detail}; pack it again")
        folder = name[: name.rfind("/") + 1]
        return record.of_table(path, table.read(path, BytesIO(file.data)), self.source, folder=folder)


def distinct(entries: Iterable[Entry]) -> Iterator[Entry]:
    """The entries, each under a name of its own: a second one of a name becomes a row that says so."""
    times: dict[str, int] = {}
    for entry in entries:
        times[entry.name] = times.get(entry.name, 0) + 1
        if times[entry.name] == 1:
            yield entry
        else:
            again = f"{entry.name} (entry {times[entry.name]})"
            yield entry._replace(name=again, reason="same_name", detail=f"the archive has {entry.name} before")
