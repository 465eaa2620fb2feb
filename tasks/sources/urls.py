"""A list of URLs as a batch: servers are asked once, and shards are made from what they answered."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from tasks.core import shards
from tasks.core.errors import require
from tasks.sources import fetching, place, record, table
from tasks.sources.answers import Answers
from tasks.sources.batch import File
from tasks.sources.source import Source

FETCHED = Path("data/fetched")


class Urls:
    """The pictures that a CSV or Parquet list names in its column `url`, each under its URL."""

    def __init__(self, source: Source, limit: int, fetch: fetching.Fetch) -> None:
        self.source, self.limit, self.fetch = source, limit, fetch
        self.answers = Answers(FETCHED / source.name, limit)
        require(place.is_file(source.path), f"ingest.sources path {source.path!r} is no file; correct it")
        with place.opened(source.path) as file:
            listed = table.read(source.path, file)
        self.records = record.of_table(source.path, listed, source, key="url")
        self.names: Mapping[str, int] = dict.fromkeys(sorted(self.records.rows), 0)
        require(bool(self.names), f"ingest.sources path {source.path!r} names no URL; add a row")

    def bring(self, names: Sequence[str], day: str) -> None:
        """Keep an answer for each of these URLs and for no other; what was not reached is asked again on a new day."""
        self.answers.bring(names, self.ask, shards.digest(day, repr(self.fetch)))

    def stamp(self, names: Sequence[str]) -> str:
        """A digest of the answers that are kept."""
        return self.answers.stamp(names)

    def read(self, names: Sequence[str]) -> Iterator[File]:
        """What servers answered, from where it is kept."""
        return self.answers.read(names)

    def ask(self, names: Sequence[str]) -> Iterator[File]:
        """What servers answer now: a few at a time, in order."""
        http = fetching.manager(self.fetch)
        fetched = partial(fetching.fetched, http=http, limit=self.limit, longest=self.fetch.longest)
        try:
            with ThreadPoolExecutor(self.fetch.at_once) as threads:
                for at in range(0, len(names), self.fetch.at_once):
                    yield from threads.map(fetched, names[at : at + self.fetch.at_once])
        finally:
            http.clear()
