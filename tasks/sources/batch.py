"""What every kind of source is to ingest: names in order, cut into chunks that stay, and files that are read lazily."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from tasks.core import shards
from tasks.sources import names as naming
from tasks.sources.record import Records
from tasks.sources.source import Source

MEAN, FEWEST, MOST = 500, 100, 1500  # files in a chunk
LARGEST = 192 * 2**20  # bytes in a chunk, as far as they are known beforehand


@dataclass(frozen=True, slots=True)
class File:
    """One file of a batch, before anybody has looked inside; `reason` says why its bytes could not be had."""

    name: str
    data: bytes = b""
    reason: str | None = None
    detail: str = ""
    digest: str = ""  # sha256 of the bytes as received, in hex, where `data` is what was left of them


class Batch(Protocol):
    """One source, opened."""

    source: Source
    names: Mapping[str, int]  # in order; name -> bytes, 0 where nobody knows beforehand
    records: Records

    def stamp(self, names: Sequence[str]) -> str:
        """A digest of the bytes behind the names, as cheap as the kind allows."""

    def read(self, names: Sequence[str]) -> Iterator[File]:
        """The files; one that cannot be had comes with its reason."""


def chunks(names: Mapping[str, int]) -> Iterator[tuple[str, list[str]]]:
    """(name of the shard, names in it): cut after names whose digest says so, so that a new one moves no other cut.

    Content-defined chunking (Muthitacharoen et al., 2001) over names, between FEWEST and MOST of them.
    """
    chunk: list[str] = []
    held = 0
    for name, size in names.items():
        if chunk and held + size > LARGEST:
            yield _key(chunk), chunk
            chunk, held = [], 0
        chunk.append(name)
        held += size
        if len(chunk) >= MOST or (len(chunk) >= FEWEST and _cuts(name)):
            yield _key(chunk), chunk
            chunk, held = [], 0
    if chunk:
        yield _key(chunk), chunk


def handfuls(files: Iterator[File], size: int) -> Iterator[list[File]]:
    """As many files at a time as reach `size` bytes; the last ones may not."""
    hand: list[File] = []
    held = 0
    for file in files:
        hand.append(file)
        held += len(file.data)
        if held >= size:
            yield hand
            hand, held = [], 0
    yield hand


def unread(name: str) -> File | None:
    """The row of a file whose name alone refuses it; None for one that is to be read."""
    fault = naming.fault(name)
    return File(name, b"", *fault) if fault else None


def limited(name: str, file: BinaryIO, size: int, limit: int) -> File:
    """At most `limit` bytes of the stream; more is a reason. `size` is what is known of it, 0 for nothing."""
    if size > limit:
        return too_many(name, limit)
    data = file.read(limit + 1)
    return too_many(name, limit) if len(data) > limit else File(name, data)


def too_many(name: str, limit: int) -> File:
    """A file that is larger than the policy takes."""
    return File(name, b"", "too_many_bytes", f"more than {limit / 2**20:g} MiB")


def _key(chunk: list[str]) -> str:
    return shards.digest(chunk[0].encode("utf-8", "surrogatepass"))[:12]


def _cuts(name: str) -> bool:
    found = hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=4).digest()
    return int.from_bytes(found) % (MEAN - FEWEST) == 0
