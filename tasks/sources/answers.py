"""What servers answered, kept by URL: no changed record, policy, package or line of code asks a server twice.

Answers for good, a picture or a refusal, lie in packs that are never changed, only forgotten. What could not be
reached is listed apart, under the day and the settings of the asking: on another day it is asked for again.
"""

import hashlib
import math
from collections.abc import Callable, Iterator, Sequence, Set
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tasks.core import image, manifest, metadata, shards
from tasks.core.measures import RefusedError, look
from tasks.core.pictures import Pictures
from tasks.core.schemas import IMAGE
from tasks.sources.batch import File, handfuls, too_many

ANSWER = pa.schema(
    [
        ("url", pa.string()),
        ("digest", pa.string()),  # sha256 of the bytes as received
        ("bytes", pa.int64()),  # of these
        ("reason", pa.string()),
        ("detail", pa.string()),
        ("image", IMAGE),  # without metadata; as received where it cannot be opened
    ]
)
UNREACHED = "unreached.parquet"  # in the order of names after every pack, whose word counts
PACK = 64 * 2**20  # bytes of answers, from which on they are written as a pack
FACTS = ["url", "digest", "bytes", "reason", "detail"]


class Answers:
    """The answers in a folder."""

    def __init__(self, folder: Path, limit: int) -> None:
        self.folder, self.limit = folder, limit

    @cached_property
    def _facts(self) -> dict[str, tuple[str, str, str, int]]:
        """URL -> (digest, reason, detail, bytes), "" and 0 for what there is not."""
        columns = manifest.read_all(self.folder, ANSWER, FACTS).to_pydict().values()
        found: dict[str, tuple[str, str, str, int]] = {}
        for url, digest, size, reason, detail in zip(*columns, strict=True):
            found.setdefault(url, (digest or "", reason or "", detail or "", size or 0))
        return found

    @cached_property
    def _pictures(self) -> Pictures:
        return Pictures(self.folder, ANSWER, "url")

    def stamp(self, urls: Sequence[str]) -> str:
        """A digest of what is kept under the URLs, and of nothing that differs between two askings in vain."""
        return shards.digest(*[part for url in urls for part in (url, *self._facts[url][:2])], str(self.limit))

    def read(self, urls: Sequence[str]) -> Iterator[File]:
        """What is kept under the URLs, as it lies in the packs."""
        for url in sorted(urls, key=self._pictures.place):
            digest, reason, detail, size = self._facts[url]
            if size > self.limit:
                yield too_many(url, self.limit)
            else:
                yield File(url, self._pictures.read(url) or b"", reason or None, detail, digest)

    def bring(self, urls: Sequence[str], ask: Callable[[Sequence[str]], Iterator[File]], asking: str) -> None:
        """Bring the folder to exactly these URLs: forget the others, ask for what is missing.

        `asking` names the day and the settings: what could not be reached is asked for again under another.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        settled = _forget(self.folder, set(urls), self.limit)
        unreached = _tried(self.folder, set(urls) - settled, asking)
        tried = settled.union(row["url"] for row in unreached)
        for files in handfuls(ask([url for url in urls if url not in tried]), PACK):
            rows = [_row(file) for file in files]
            _keep(self.folder, [row for row in rows if row["reason"] != "unreachable"])
            unreached += [row for row in rows if row["reason"] == "unreachable"]
        _list(self.folder / UNREACHED, unreached, asking)


def bare(data: bytes) -> bytes:
    """The picture without metadata, as ingest would store it; as it came where it cannot be opened."""
    try:
        return metadata.strip(data, look(data, math.inf).orientation) or image.encode_png(image.decode(data))
    except (RefusedError, OSError, ValueError, MemoryError):
        return data


def _row(file: File) -> dict[str, Any]:
    told = dict.fromkeys(ANSWER.names) | {"url": file.name, "reason": file.reason, "detail": file.detail or None}
    if file.reason:
        return told
    kept = {"bytes": bare(file.data), "path": None}
    return told | {"digest": hashlib.sha256(file.data).hexdigest(), "bytes": len(file.data), "image": kept}


def _keep(folder: Path, rows: list[dict[str, Any]]) -> None:
    """A new pack of the rows, under a name that says of which URLs."""
    if rows:
        name = shards.digest(*[row["url"] for row in rows])[:16]
        manifest.write_rows(rows, folder / f"{name}.parquet", ANSWER)


def _forget(folder: Path, wanted: Set[str], limit: int) -> set[str]:
    """Take other URLs out of the packs, and what was too large for another limit; returns the URLs that stay."""
    stay: set[str] = set()
    for killed in folder.glob(".*.part"):
        killed.unlink()
    for pack in [pack for pack in manifest.shards(folder) if pack.name != UNREACHED]:
        urls = [row["url"] for row in manifest.read(pack, ANSWER, FACTS).to_pylist() if _holds(row, wanted, limit)]
        if len(urls) < pq.read_metadata(pack).num_rows:
            rows = manifest.read(pack, ANSWER)
            _keep(folder, rows.filter(pc.is_in(rows["url"], pa.array(urls, pa.string()))).to_pylist())
            pack.unlink()
        stay.update(urls)
    return stay


def _holds(row: dict[str, Any], wanted: Set[str], limit: int) -> bool:
    """Whether the answer is of use: to a wanted URL, and not that it was too large for another limit."""
    return row["url"] in wanted and (row["reason"] != "too_many_bytes" or row["detail"] == too_many("", limit).detail)


def _tried(folder: Path, wanted: Set[str], asking: str) -> list[dict[str, Any]]:
    """The wanted ones of those that could not be reached in this very asking."""
    file = folder / UNREACHED
    rows = manifest.read(file, ANSWER).to_pylist() if shards.key_of(file) == asking else []
    return [row for row in rows if row["url"] in wanted]


def _list(file: Path, rows: list[dict[str, Any]], asking: str) -> None:
    if rows:
        manifest.write_rows(sorted(rows, key=lambda row: str(row["url"])), file, ANSWER, {"key": asking})
    else:
        file.unlink(missing_ok=True)
