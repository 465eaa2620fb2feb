"""A list of URLs as a batch: the list says what its shards are made from, so that nothing is fetched twice."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from tasks.core import shards
from tasks.core.errors import require
from tasks.sources import fetching, place, record, table
from tasks.sources.batch import File
from tasks.sources.source import Source


class Urls:
    """The pictures that a CSV or Parquet list names in its column `url`, each under its URL."""

    def __init__(self, source: Source, limit: int, fetch: fetching.Fetch) -> None:
        self.source, self.limit, self.fetch = source, limit, fetch
        require(place.is_file(source.path), f"ingest.sources path {source.path!r} is no file; correct it")
        with place.opened(source.path) as file:
            listed = table.read(source.path, file)
        self.records = record.of_table(source.path, listed, source, key="url")
        self.names: Mapping[str, int] = dict.fromkeys(sorted(self.records.rows), 0)
        require(bool(self.names), f"ingest.sources path {source.path!r} names no URL; add a row")

    def stamp(self, names: Sequence[str]) -> str:
        """A digest of the URLs alone: what was fetched once stays."""
        return shards.digest(*names)

    def read(self, names: Sequence[str]) -> Iterator[File]:
        """A few at a time, in order."""
        http = fetching.manager(self.fetch)
        fetched = partial(fetching.fetched, http=http, limit=self.limit, longest=self.fetch.longest)
        try:
            with ThreadPoolExecutor(self.fetch.at_once) as threads:
                for at in range(0, len(names), self.fetch.at_once):
                    yield from threads.map(fetched, names[at : at + self.fetch.at_once])
        finally:
            http.clear()
