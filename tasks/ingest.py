"""Take the sources in: each file a row with its bytes (less their metadata), hashes and cheap measures, or a reason.

A source is a batch; its shards are a pure function of its files, so that new batches never touch old shards. One
decode gives every measure; thresholds are for later stages.
"""

import hashlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from tasks import sample
from tasks.core import image, manifest, measures, metadata, params, shards
from tasks.core.errors import UserError, nearest, require
from tasks.core.measures import RefusedError, measured
from tasks.core.pool import Pool, pool
from tasks.core.stage import log, start

SOURCES, OUT, REPORT = Path("data/sources"), Path("data/ingest"), Path("reports/ingest.json")
KINDS, ROLES = ("folder", "sample"), ("photo", "anime")
ROWS = 500  # files in a shard


@dataclass(frozen=True)
class Source:
    """Where pictures come from: the embedded sample, or a folder with its role and licence."""

    kind: str
    path: str = ""
    role: str = "photo"
    batch: str = ""
    licence: str = "unknown"
    author: str = ""
    consent: str = ""

    def __post_init__(self) -> None:
        require(self.kind in KINDS, f"ingest.sources kind is {self.kind!r}; {nearest(self.kind, list(KINDS))}")
        require(self.role in ROLES, f"ingest.sources role is {self.role!r}; {nearest(self.role, list(ROLES))}")
        require(self.kind != "folder" or bool(self.path), "ingest.sources: a folder needs its `path`")

    @property
    def name(self) -> str:
        """The batch's name: given, or the folder's own."""
        return self.batch or (Path(self.path).name if self.kind == "folder" else self.kind)


@dataclass(frozen=True)
class Params:
    """The `ingest` section of params.yaml."""

    sources: tuple[Source, ...]
    allowed_licences: tuple[str, ...] = ()  # empty: any
    max_megapixels: float = 100.0

    def __post_init__(self) -> None:
        names = [source.name for source in self.sources]
        twice = sorted({name for name in names if names.count(name) > 1})
        require(bool(names), "ingest.sources is empty; name a folder, or {kind: sample}")
        require(not twice, f"ingest.sources: two batches are named {', '.join(twice)}; give each its own `batch`")
        require(self.max_megapixels > 0, f"ingest.max_megapixels is {self.max_megapixels}; it must be above 0")


@dataclass(frozen=True)
class File:
    """One file of a batch, before anybody has looked inside."""

    name: str
    role: str
    data: bytes
    licence: str
    subject: str = ""


def main() -> None:
    """Bring data/ingest to one set of shards per batch."""
    given = params.load("ingest", Params)
    batches = {source.name: source for source in given.sources}
    for source in given.sources:
        check(source, given)
    chunks = {
        f"{batch}-{number:04d}": (source, names)
        for batch, source in batches.items()
        for number, names in enumerate(chunked(names_in(source)))
    }
    settings = {"max_megapixels": given.max_megapixels} | measures.versions()
    output = shards.Output(OUT, manifest.INGEST, (sys.modules[__name__], image, measures, metadata, sample), settings)
    with pool() as workers:
        shards.update(output, {k: stamp(*chunk) for k, chunk in chunks.items()},
                      lambda key: take(*chunks[key], given, workers))  # fmt: skip
    report()


def check(source: Source, given: Params) -> None:
    """Refuse a source that is not there, is empty, or whose licence the policy does not allow."""
    if source.kind == "folder":
        require(Path(source.path).is_dir(), f"ingest.sources path {source.path!r} is no folder; correct or create it")
        require(bool(files_in(Path(source.path))), f"ingest.sources path {source.path!r} holds no file; add pictures")
    allowed = given.allowed_licences
    licences = {source.licence} if source.kind == "folder" else {sample.PUBLIC, sample.RESEARCH}
    refused = sorted(licences - set(allowed)) if allowed else []
    require(not refused, f"ingest.sources: {source.name} has licence {', '.join(refused)}, which the policy refuses; "
            f"ingest.allowed_licences: {', '.join(allowed)}")  # fmt: skip


def files_in(folder: Path) -> list[str]:
    """Names below the folder, sorted; what starts with a dot, and links, are no pictures."""
    found = (p.relative_to(folder) for p in folder.rglob("*") if p.is_file() and not p.is_symlink())
    return sorted(str(p) for p in found if not any(part.startswith(".") for part in p.parts))


def names_in(source: Source) -> list[str]:
    """What the batch holds; the sample is one chunk, drawn as a whole."""
    return files_in(Path(source.path)) if source.kind == "folder" else ["*"]


def chunked(names: list[str]) -> Iterator[list[str]]:
    """The names, ROWS at a time."""
    return (names[at : at + ROWS] for at in range(0, len(names), ROWS))


def stamp(source: Source, names: list[str]) -> str:
    """A digest of what a shard is made from: the record of the batch and every file's bytes."""
    found = [] if source.kind == "sample" else [shards.file_digest(Path(source.path) / name) for name in names]
    return shards.digest(repr(source), *names, *found)


def take(source: Source, names: list[str], given: Params, workers: Pool) -> pa.Table:
    """The rows of one shard; a file whose very bytes came before in it is no second row's picture."""
    files = list(read(source, names))
    rows = list(workers.map(Taker(source, given.max_megapixels), files))
    seen: set[str] = set()
    for row in rows:
        if row["reason"] is None and row["id"] in seen:
            row.update(reason="same_file", detail="its bytes came before under another name", image=None)
        seen.add(row["id"])
    return pa.Table.from_pylist(rows, schema=manifest.INGEST)


def read(source: Source, names: list[str]) -> Iterator[File]:
    """The files themselves."""
    if source.kind == "sample":
        for item in sample.collection():
            yield File(item.name, item.role, item.data, item.licence, item.subject)
        return
    for name in names:
        yield File(name, source.role, (Path(source.path) / name).read_bytes(), source.licence)


@dataclass(frozen=True)
class Taker:
    """File -> row, as a value that worker processes can be sent."""

    source: Source
    max_megapixels: float

    def __call__(self, file: File) -> dict[str, Any]:
        """The manifest's row: measures, or the reason why there are none."""
        row: dict[str, Any] = dict.fromkeys(manifest.INGEST.names)
        row.update(id=hashlib.sha256(file.data).hexdigest()[:16], role=file.role, name=file.name, subject=file.subject,
                   batch=self.source.name,
                   source=self.source.path or self.source.kind, licence=file.licence, author=self.source.author,
                   consent=self.source.consent)  # fmt: skip
        try:
            row.update(measured(file.data, self.max_megapixels))
        except RefusedError as fault:
            row.update(reason=fault.reason, detail=str(fault))
        return row


def report() -> None:
    """Count the reasons; stop where no picture is left."""
    rows = manifest.read_all(OUT, manifest.INGEST, ["reason", "role"])
    counts = manifest.tally(rows["reason"].to_pylist())
    manifest.write_json(REPORT, counts)
    log.info("ingest: %s", counts)
    if not counts["kept"]:
        raise UserError(f"no picture is left after ingest; it took {counts['reasons']}; see {OUT}")


if __name__ == "__main__":
    start(main)
