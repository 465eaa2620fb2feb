"""The Parquet manifests: every write whole or absent and under its schema, the same rows the same bytes."""

import json
import os
import struct
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.core.errors import UserError
from tasks.core.schemas import (
    ALIGN as ALIGN,
)
from tasks.core.schemas import (
    ATTRIBUTES as ATTRIBUTES,
)
from tasks.core.schemas import (
    BATCH as BATCH,
)
from tasks.core.schemas import (
    DEDUPE as DEDUPE,
)
from tasks.core.schemas import (
    DRAWN as DRAWN,
)
from tasks.core.schemas import (
    EVALUATE as EVALUATE,
)
from tasks.core.schemas import (
    FACE as FACE,
)
from tasks.core.schemas import (
    FACES as FACES,
)
from tasks.core.schemas import (
    IMAGE as IMAGE,
)
from tasks.core.schemas import (
    INGEST as INGEST,
)
from tasks.core.schemas import (
    JUDGED_DRAWING as JUDGED_DRAWING,
)
from tasks.core.schemas import (
    JUDGED_PHOTO as JUDGED_PHOTO,
)
from tasks.core.schemas import (
    JUDGED_PICTURE as JUDGED_PICTURE,
)
from tasks.core.schemas import (
    JUDGED_STYLE as JUDGED_STYLE,
)
from tasks.core.schemas import (
    LABEL as LABEL,
)
from tasks.core.schemas import (
    LIKENESS as LIKENESS,
)
from tasks.core.schemas import (
    PAIR as PAIR,
)
from tasks.core.schemas import (
    POINTS as POINTS,
)
from tasks.core.schemas import (
    QUALITY as QUALITY,
)
from tasks.core.schemas import (
    STYLIZE as STYLIZE,
)
from tasks.core.schemas import (
    TEACHER as TEACHER,
)

ROW_GROUP, ROW_GROUP_BARE = 100, 100_000  # with pictures: a few can be read alone; without: little to skip over


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A temporary name beside `path` that takes its place only when the block ends without an error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    try:
        yield part
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def write(table: pa.Table, path: Path, schema: pa.Schema, meta: dict[str, str] | None = None) -> None:
    """The table under exactly this schema, whole or absent; `meta` goes into the footer. Same rows, same bytes."""
    exact = table.select(schema.names).cast(schema)
    if meta:
        exact = exact.replace_schema_metadata(meta)
    with whole(path) as part:
        rows = ROW_GROUP if "image" in schema.names else ROW_GROUP_BARE
        pq.write_table(exact, part, row_group_size=rows, compression=_codecs(schema), use_dictionary=False)


def write_rows(rows: list[dict[str, Any]], path: Path, schema: pa.Schema, meta: dict[str, str] | None = None) -> None:
    """The rows, each a dict with the schema's columns, as `write` does."""
    write(table(rows, schema), path, schema, meta)


def table(rows: list[dict[str, Any]], schema: pa.Schema) -> pa.Table:
    """The rows under the schema; pictures are not copied, since fresh memory costs more than all else here."""
    place = schema.get_field_index("image")
    if place < 0 or not rows:
        return pa.Table.from_pylist(rows, schema=schema)
    bare = pa.Table.from_pylist(rows, schema=schema.remove(place))
    pictures = pa.chunked_array([_picture(row.get("image")) for row in rows], IMAGE)
    return bare.add_column(place, schema.field(place), pictures)


def read(path: Path, schema: pa.Schema, columns: list[str] | None = None) -> pa.Table:
    """The table; raises UserError when the file is missing or was written under another schema."""
    if not path.is_file():
        raise UserError(f"{path} is missing; `dvc repro` makes it")
    table = pq.read_table(path, columns=columns)
    wanted = schema if columns is None else pa.schema([schema.field(name) for name in columns])
    if not table.schema.remove_metadata().equals(wanted):
        raise UserError(f"{path} has other columns than this version writes; delete it and run `dvc repro`")
    return table


def shards(folder: Path) -> list[Path]:
    """The folder's finished shards in order of name."""
    return sorted(p for p in folder.glob("*.parquet") if not p.name.startswith("."))


def read_all(folder: Path, schema: pa.Schema, columns: list[str] | None = None) -> pa.Table:
    """All shards of a folder as one table, in order of shard and row."""
    tables = [read(shard, schema, columns) for shard in shards(folder)]
    if tables:
        return pa.concat_tables(tables)
    empty: pa.Table = schema.empty_table()
    return empty if columns is None else empty.select(columns)


def write_json(path: Path, value: Any) -> None:
    """Sorted keys, two spaces, a final newline: a diff shows what changed."""
    with whole(path) as part:
        part.write_text(json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n")


def tally(reasons: Iterable[str | None]) -> dict[str, Any]:
    """What a stage reports: {in, kept, reasons: {reason: count}}; None is a row that goes on."""
    counts = Counter(reasons)
    kept = counts.pop(None, 0)
    named = {str(reason): count for reason, count in sorted(counts.items(), key=str)}
    return {"in": kept + sum(named.values()), "kept": kept, "reasons": named}


def _picture(image: dict[str, Any] | None) -> pa.Array:
    """An array of one picture over the bytes where they are; of one null where there is none."""
    data = image and image["bytes"]
    if not image or data is None:
        return pa.array([image], IMAGE)
    ends = pa.py_buffer(struct.pack("=ii", 0, len(data)))
    array = pa.Array.from_buffers(pa.binary(), 1, [None, ends, pa.py_buffer(data)])
    return pa.StructArray.from_arrays([array, pa.array([image["path"]], pa.string())], fields=list(IMAGE))


@cache
def _codecs(schema: pa.Schema) -> dict[str, str]:
    """A codec for each Parquet leaf: pictures are compressed already."""
    empty = pa.BufferOutputStream()
    pq.write_table(schema.empty_table(), empty)
    leaves = pq.ParquetFile(pa.BufferReader(empty.getvalue())).schema
    paths = [leaves.column(i).path for i in range(len(leaves))]
    return {path: "none" if path == "image.bytes" else "zstd" for path in paths}
