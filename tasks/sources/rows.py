"""Parquet files with a column of pictures, as the Hugging Face Hub keeps them: struct {bytes, path}, or plain bytes."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import PurePosixPath

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.core import shards
from tasks.core.errors import UserError, nearest, require
from tasks.sources import place, record, table
from tasks.sources.batch import File, too_many
from tasks.sources.source import Source

ROWS = 16  # pictures in memory at a time
BUFFER = 2**20  # bytes: a row group is read piece by piece


class Rows:
    """The pictures of one Parquet file, or of a folder of them, each under `<file>#<row>`."""

    def __init__(self, source: Source, limit: int) -> None:
        self.source, self.limit = source, limit
        self._paths = _paths(source.path)
        require(bool(self._paths), f"ingest.sources path {source.path!r} is or holds no .parquet file; correct it")
        known = [self._known(name) for name in self._paths]
        listed = table.text(pa.concat_tables(known, promote_options="default"))
        self.names: Mapping[str, int] = dict.fromkeys(listed.column("name").to_pylist(), 0)
        require(bool(self.names), f"ingest.sources path {source.path!r} holds no row; add pictures")
        bare = listed.column_names == ["name"]
        self.records = record.none(source) if bare else record.of_table(source.path, listed, source)
        self._digests: dict[str, str] = {}

    def stamp(self, names: Sequence[str]) -> str:
        """The digests of the files with the names of the rows."""
        files = sorted({_row(name)[0] for name in names})
        return shards.digest(*[self._digest(file) for file in files], str(self.limit), self.source.column, *names)

    def read(self, names: Sequence[str]) -> Iterator[File]:
        """The pictures file by file, a few rows in memory at a time."""
        for file, wanted in groupby(names, lambda name: _row(name)[0]):
            yield from self._pictures(file, [_row(name)[1] for name in wanted])

    def _pictures(self, file: str, rows: list[int]) -> Iterator[File]:
        wanted, at = set(rows), 0
        with place.opened(self._paths[file]) as stream:
            parquet = pq.ParquetFile(stream, buffer_size=BUFFER, pre_buffer=False)
            column = self._column(parquet.schema_arrow, file)
            for group in range(parquet.num_row_groups):
                first, at = at, at + parquet.metadata.row_group(group).num_rows
                if wanted.isdisjoint(range(first, at)):
                    continue
                for batch in parquet.iter_batches(ROWS, row_groups=[group], columns=[column]):
                    for row, cell in enumerate(batch.column(0), first):
                        if row in wanted:
                            yield self._file(_name(file, row), _bytes(cell))
                    first += len(batch)

    def _file(self, name: str, data: bytes) -> File:
        return too_many(name, self.limit) if len(data) > self.limit else File(name, data)

    def _known(self, file: str) -> pa.Table:
        """The names of a file's rows, with the columns that are of a record."""
        with place.opened(self._paths[file]) as stream:
            try:
                parquet = pq.ParquetFile(stream)
            except (pa.ArrowException, OSError) as fault:
                raise UserError(f"{self._paths[file]} is no readable Parquet file: {fault}; write it again") from fault
            self._column(parquet.schema_arrow, file)
            columns = [name for name in parquet.schema_arrow.names if name in record.COLUMNS]
            found = parquet.read(columns=columns) if columns else pa.table({})
        names = pa.array([_name(file, row) for row in range(parquet.metadata.num_rows)], pa.string())
        return pa.table({"name": names, **{name: found.column(name) for name in columns}})

    def _column(self, schema: pa.Schema, file: str) -> str:
        """The column of pictures: the one that is named, or `image`, or the only one that can be it."""
        found = [field.name for field in schema if _holds_pictures(field.type)]
        wanted = self.source.column or ("image" if "image" in found or len(found) != 1 else found[0])
        remedy = f"set the source's `column`; {nearest(wanted, found or ['none has bytes'])}"
        require(wanted in found, f"{self._paths[file]} has no column {wanted!r} of pictures; {remedy}")
        return wanted

    def _digest(self, file: str) -> str:
        if file not in self._digests:
            self._digests[file] = place.digest(self._paths[file])
        return self._digests[file]


def _paths(path: str) -> dict[str, str]:
    """Name -> path of the Parquet files: one, or those below a folder."""
    if place.is_file(path):
        return {PurePosixPath(path).name: path}
    return {name: place.joined(path, name) for name in place.listed(path) or {} if name.endswith(".parquet")}


def _name(file: str, row: int) -> str:
    return f"{file}#{row:07d}"


def _row(name: str) -> tuple[str, int]:
    file, _, row = name.rpartition("#")
    return file, int(row)


def _holds_pictures(kind: pa.DataType) -> bool:
    if pa.types.is_struct(kind):
        return any(field.name == "bytes" and _holds_pictures(field.type) for field in kind)
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _bytes(cell: pa.Scalar) -> bytes:
    """The picture's bytes; b"" where the cell is null, or holds only a path to elsewhere."""
    value = cell.as_py()
    return bytes((value.get("bytes") if isinstance(value, dict) else value) or b"")
