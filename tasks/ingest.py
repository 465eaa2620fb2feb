"""Take the sources in: each file a row with its bytes (less their metadata), hashes and cheap measures, or a reason.

A source is a batch; its shards are a pure function of its files and their records, so that new batches never touch
old shards. One decode gives every measure; thresholds are for later stages.
"""

import hashlib
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from tasks.core import compression, grain, image, manifest, measures, metadata, params, shards
from tasks.core.errors import UserError, require
from tasks.core.measures import RefusedError, measured
from tasks.core.pool import Pool, pool
from tasks.core.stage import log, start
from tasks.sources import archive, batch, embedded, folder, names, policy, record, rows, tars, zips
from tasks.sources.batch import Batch, File, chunks, handfuls
from tasks.sources.fetching import Fetch
from tasks.sources.opening import admitted, bring, opened, stamp, verdicts
from tasks.sources.policy import Policy
from tasks.sources.record import Record
from tasks.sources.source import Source

SOURCES, OUT, REPORT = Path("data/sources"), Path("data/ingest"), Path("reports/ingest.json")
BATCHES = Path("data/batches.parquet")
IN_HAND = 64 * 2**20  # bytes of files that wait for a worker
# Neither `fetching`, `urls` nor `answers`: what they keep of the web is told by its digest.
CODE = (
    image,
    compression,
    grain,
    measures,
    metadata,
    archive,
    batch,
    embedded,
    folder,
    names,
    policy,
    record,
    rows,
    tars,
    zips,
)


@dataclass(frozen=True)
class Params:
    """The `ingest` section of params.yaml."""

    sources: tuple[Source, ...]
    allowed_licences: tuple[str, ...] = ()  # empty: any
    consent_needed: bool = False
    purpose: str = ""  # empty: any
    max_megapixels: float = 100.0
    max_megabytes: float = 64.0  # of one file
    fetch: Fetch = field(default_factory=Fetch)

    def __post_init__(self) -> None:
        named = [source.name.lower() for source in self.sources]  # as file names, on some machines, are one
        twice = sorted({source.name for source in self.sources if named.count(source.name.lower()) > 1})
        require(bool(named), "ingest.sources is empty; name a folder, or {kind: sample}")
        require(not twice, f"ingest.sources: two batches are named {', '.join(twice)}; give each its own `batch`")
        for limit in ("max_megapixels", "max_megabytes"):
            require(getattr(self, limit) > 0, f"ingest.{limit} is {getattr(self, limit)}; it must be above 0")

    @property
    def max_bytes(self) -> int:
        """Of one file."""
        return int(self.max_megabytes * 2**20)


def main() -> None:
    """Bring data/fetched to the URLs in use, data/ingest to shards and data/batches.parquet to one row per batch."""
    given = params.load("ingest", Params)
    batches = [opened(source, given.max_bytes, given.fetch) for source in given.sources]
    rules = policy_of(given, batches)
    for drop in batches:
        check(drop, rules)
    bring(batches, rules)
    work = {f"{batch.source.name}-{key}": (batch, held) for batch in batches for key, held in chunks(batch.names)}
    settings = {"max_megapixels": given.max_megapixels, "max_bytes": given.max_bytes} | measures.versions()
    output = shards.Output(OUT, manifest.INGEST, (sys.modules[__name__], *CODE), settings)
    with pool() as workers:
        shards.update(output, {key: stamp(*chunk, rules) for key, chunk in work.items()},
                      lambda key: take(*work[key], rules, given.max_megapixels, workers))  # fmt: skip
    report(batches)


def policy_of(given: Params, batches: Sequence[Batch]) -> Policy:
    """What the records are held against; the day only where some consent expires."""
    expires = any(batch.records.holds("expires") for batch in batches)
    return Policy(given.allowed_licences, given.consent_needed, given.purpose, policy.today() if expires else "")


def check(batch: Batch, rules: Policy) -> None:
    """Refuse a batch of which the policy allows no licence at all."""
    found = batch.records.licences()
    refused = bool(rules.licences) and not found & set(rules.licences)
    named, allowed = ", ".join(sorted(found)), ", ".join(rules.licences)
    require(not refused, f"ingest.sources: {batch.source.name} has licence {named}, which the policy refuses; "
            f"ingest.allowed_licences: {allowed}")  # fmt: skip


def take(batch: Batch, held: Sequence[str], rules: Policy, max_megapixels: float, workers: Pool) -> pa.Table:
    """The rows of one shard; a file whose very bytes came before in it is no second row's picture."""
    taker = Taker(batch.source, max_megapixels)
    found: list[dict[str, Any]] = []
    for files in handfuls(read(batch, held, rules), IN_HAND):
        found += workers.map(taker, [(file, batch.records.of(file.name)) for file in files])
    found.sort(key=lambda row: str(row["name"]))
    seen: set[str] = set()
    for row in found:
        if row["reason"] is None and row["id"] in seen:
            row.update(reason="same_file", detail="its bytes came before under another name", image=None)
        seen.add(row["id"])
    return manifest.table(found, manifest.INGEST)


def read(batch: Batch, held: Sequence[str], rules: Policy) -> Iterator[File]:
    """The files, those that the policy refuses unopened."""
    for name, _, refusal in verdicts(batch, held, rules):
        if refusal:
            yield File(name, b"", refusal.reason, refusal.detail)
    yield from batch.read(admitted(batch, held, rules))


@dataclass(frozen=True)
class Taker:
    """File and record -> row, as a value that worker processes can be sent."""

    source: Source
    max_megapixels: float

    def __call__(self, known: tuple[File, Record]) -> dict[str, Any]:
        """The manifest's row: measures, or the reason why there are none."""
        file, told = known
        digest = hashlib.sha256(file.data)
        row = dict.fromkeys(manifest.INGEST.names) | {"id": self.id_of(file, digest), "batch": self.source.name}
        row.update(role=told.role, name=names.printable(file.name), source=self.source.path or self.source.kind,
                   url=self.url_of(file, told), licence=told.licence, author=told.author, consent=told.consent,
                   purpose=told.purpose or None, given=told.given or None, expires=told.expires or None,
                   subject=told.subject, reason=file.reason, detail=file.detail or None)  # fmt: skip
        try:
            row.update({} if file.reason else measured(file.data, self.max_megapixels, digest))
        except RefusedError as fault:
            row.update(reason=fault.reason, detail=str(fault))
        return row

    def id_of(self, file: File, digest: "hashlib._Hash") -> str:
        """16 hex digits of the bytes' sha256; where nobody has seen them, of the batch and the name."""
        whole = shards.digest(self.source.name, names.printable(file.name))
        return (whole if file.reason else file.digest or digest.hexdigest())[:16]

    def url_of(self, file: File, told: Record) -> str | None:
        """Where the picture came from; for one of a list, the address in it."""
        return told.url or (file.name if self.source.kind == "urls" else None)


def report(batches: Sequence[Batch]) -> None:
    """One row per batch; the reasons, counted; an error where no picture is left."""
    taken = manifest.read_all(OUT, manifest.INGEST, ["batch", "reason"])
    counts = manifest.tally(taken["reason"].to_pylist())
    counts["records_of_no_file"] = sum(len(batch.records.strangers(batch.names)) for batch in batches)
    manifest.write_rows(batch_rows(batches, taken), BATCHES, manifest.BATCH)
    manifest.write_json(REPORT, counts)
    log.info("ingest: %s", counts)
    if not counts["kept"]:
        raise UserError(f"no picture is left after ingest; it took {counts['reasons']}; see {OUT}")


def batch_rows(batches: Sequence[Batch], taken: pa.Table) -> list[dict[str, Any]]:
    """The rows of manifest.BATCH, in the order of ingest.sources."""
    per = taken.group_by("batch").aggregate([("batch", "count"), ("reason", "count")]).to_pylist()
    counts = {row["batch"]: (row["batch_count"], row["batch_count"] - row["reason_count"]) for row in per}
    return [
        {"batch": s.name, "position": position, "kind": s.kind, "role": s.role, "source": s.path or s.kind,
         "files": counts[s.name][0], "kept": counts[s.name][1]}
        for position, s in enumerate(batch.source for batch in batches)
    ]  # fmt: skip


if __name__ == "__main__":
    start(main)
