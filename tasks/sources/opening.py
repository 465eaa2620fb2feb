"""A source, opened: its kind decides how it is read, its records decide what is read."""

import shutil
from collections.abc import Callable, Iterator, Sequence

from tasks.core import shards
from tasks.core.errors import UserError, require
from tasks.core.stage import log
from tasks.sources import place, record, table
from tasks.sources.archive import Archive
from tasks.sources.batch import Batch
from tasks.sources.embedded import Embedded
from tasks.sources.fetching import Fetch
from tasks.sources.folder import Folder
from tasks.sources.policy import Policy, Refusal, day
from tasks.sources.record import Record
from tasks.sources.rows import Rows
from tasks.sources.source import Source
from tasks.sources.urls import FETCHED, Urls


def opened(source: Source, limit: int, fetch: Fetch) -> Batch:
    """The batch with its records; `limit` is the most bytes of a file. Raises UserError for one that cannot be."""
    batch = _batch(source, limit, fetch)
    if source.records:
        there = place.is_file(source.records)
        require(there, f"ingest.sources records {source.records!r} is no file; correct or write it")
        key = "url" if source.kind == "urls" else "name"
        with place.opened(source.records) as file:
            batch.records = record.of_table(source.records, table.read(source.records, file), source, key)
    if mistaken := batch.records.mistaken(batch.names):
        told = "{}: the records name {!r}, and the file is {!r}; write its name, or drop the row"
        raise UserError(told.format(source.name, *mistaken))
    if strangers := batch.records.strangers(batch.names):
        log.warning("%s: %d records name no file of the batch, %r first", source.name, len(strangers), strangers[0])
    return batch


def bring(batches: Sequence[Batch], rules: Policy) -> None:
    """Bring data/fetched to what the lists of URLs name and the policy lets in."""
    lists = {batch.source.name: batch for batch in batches if isinstance(batch, Urls)}
    FETCHED.mkdir(parents=True, exist_ok=True)
    for folder in FETCHED.iterdir():
        if folder.is_dir() and folder.name not in lists:
            shutil.rmtree(folder)
    for urls in lists.values():
        urls.bring(admitted(urls, list(urls.names), rules), day())


def stamp(batch: Batch, names: Sequence[str], policy: Policy) -> str:
    """A digest of exactly what a shard is made from: the records, what the policy says to each, the files let in."""
    source, default = batch.source, batch.records.default
    told = [repr((name, refusal, None if found is default else found))
            for name, found, refusal in verdicts(batch, names, policy)]  # fmt: skip
    files = batch.stamp(admitted(batch, names, policy))
    return shards.digest(source.name, source.kind, source.path, repr(default), *told, files)


def verdicts(batch: Batch, names: Sequence[str], policy: Policy) -> Iterator[tuple[str, Record, Refusal | None]]:
    """(name, record, what the policy says to it); most files have the source's own record, judged once."""
    default = batch.records.default
    usual = policy.refusal(default)
    for name in names:
        found = batch.records.of(name)
        yield name, found, usual if found is default else policy.refusal(found)


def admitted(batch: Batch, names: Sequence[str], policy: Policy) -> list[str]:
    """The names whose records the policy lets in."""
    return [name for name, _, refusal in verdicts(batch, names, policy) if refusal is None]


def _batch(source: Source, limit: int, fetch: Fetch) -> Batch:
    if source.kind == "sample":
        return Embedded(source)
    if source.kind == "urls":
        return Urls(source, limit, fetch)
    kinds: dict[str, Callable[[Source, int], Batch]] = {"archive": Archive, "folder": Folder, "parquet": Rows}
    return kinds[source.kind](source, limit)
