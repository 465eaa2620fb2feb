"""The sample that the project carries, as a batch like any other."""

import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import pyarrow as pa

from tasks import sample
from tasks.core import shards
from tasks.sources import record
from tasks.sources.batch import File
from tasks.sources.source import Source
from tasks.styles import cel

KNOWN = ("role", "licence", "subject")


class Embedded:
    """The sample's pictures, drawn anew when they are read; only their names and records are known before."""

    def __init__(self, source: Source) -> None:
        self.source = source
        rows = sorted(_rows())
        self.names: Mapping[str, int] = dict.fromkeys((row[0] for row in rows), 0)
        table = pa.Table.from_pylist([dict(zip(KNOWN, row[1:], strict=True)) for row in rows])
        default = replace(record.default(source), licence="")  # each picture has its own
        self.records = record.Records(default, {name: row for row, name in enumerate(self.names)}, table)

    def stamp(self, names: Sequence[str]) -> str:
        """A digest of the names and of the code that draws the pictures."""
        return shards.digest(*names, *(inspect.getsource(module) for module in (sample, cel)))

    def read(self, names: Sequence[str]) -> Iterator[File]:
        """The whole collection is drawn; the named ones are handed on."""
        wanted = set(names)
        return (File(item.name, item.data) for item in sample.collection() if item.name in wanted)


def _rows() -> Iterator[tuple[str, str, str, str]]:
    """(name, role, licence, subject) of every picture in the sample."""
    for person, (picture, *_) in sample.SITTERS.items():
        licence = sample.RESEARCH if picture == "group" else sample.PUBLIC
        photos = [(f"photos/{person}-{number}.jpg", "photo") for number in range(len(sample.LOOKS))]
        drawings = [(f"anime/{person}-{number}.png", "anime") for number in range(len(sample.BRUSHES))]
        yield from ((name, role, licence, f"sample-{person}") for name, role in photos + drawings)
    yield from ((f"rejects/{reason}.jpg", "photo", sample.PUBLIC, "") for reason in sample.CASES)
