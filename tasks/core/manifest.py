"""The Parquet manifests: every schema, declared once; every write whole or absent, the same rows the same bytes."""

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.core.errors import UserError

IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])  # what `datasets` and the Hub's viewer read
POINTS = pa.list_(pa.float32())
# box x0 y0 x1 y1, landmarks 5 x (x, y), both in the upright picture; yaw, pitch, roll in degrees of the righted face;
# covered 0..1, the share of the face behind a mask, a hand or a thing
FACE = pa.struct(
    [("box", POINTS), ("score", pa.float32()), ("landmarks", POINTS), ("angles", POINTS), ("covered", pa.float32())]
)

BATCH = pa.schema(
    [
        ("batch", pa.string()),
        ("position", pa.int32()),  # in ingest.sources: new batches come last
        ("kind", pa.string()),
        ("role", pa.string()),
        ("source", pa.string()),
        ("files", pa.int64()),
        ("kept", pa.int64()),
    ]
)

INGEST = pa.schema(
    [
        ("id", pa.string()),  # 16 hex digits of the sha256 of the bytes as received
        ("role", pa.string()),  # photo | anime
        ("batch", pa.string()),
        ("name", pa.string()),  # inside the batch
        ("source", pa.string()),
        ("url", pa.string()),  # where the picture itself came from
        ("licence", pa.string()),
        ("author", pa.string()),
        ("consent", pa.string()),  # its id in the records of whoever asked for it
        ("purpose", pa.string()),  # what the consent is for
        ("given", pa.string()),  # ISO date
        ("expires", pa.string()),  # ISO date, the last day on which it holds; null: it does not end
        ("subject", pa.string()),  # a pseudonym
        ("image", IMAGE),  # as received, without metadata
        ("format", pa.string()),
        ("width", pa.int32()),  # upright
        ("height", pa.int32()),
        ("orientation", pa.int8()),  # EXIF 1..8, still to be applied to the stored bytes
        ("pixels", pa.string()),  # 16 hex digits: of the stored JPEG and its orientation, else of the upright pixels
        ("phash", pa.uint64()),
        ("thumb", pa.binary()),  # 16 x 16 grey levels of the upright picture, whatever its proportions
        ("sharpness", pa.float32()),
        ("brightness", pa.float32()),
        ("contrast", pa.float32()),
        ("saturation", pa.float32()),
        (
            "jpeg_quality",
            pa.float32(),
        ),  # 1..100 as libjpeg counts, from the quantisation tables; null where it is no JPEG
        ("blockiness", pa.float32()),  # how much stronger steps are on the 8-pixel grid than beside it; 1: not at all
        ("drawn", pa.float32()),  # 0 a photo .. 1 a drawing
        ("reason", pa.string()),  # why it goes no further; null where it does
        ("detail", pa.string()),
    ]
)
DEDUPE = pa.schema(
    [
        ("id", pa.string()),
        ("role", pa.string()),
        ("batch", pa.string()),
        ("cluster", pa.string()),  # the smallest id among its members
        ("keep", pa.bool_()),
        ("duplicate_of", pa.string()),
        ("distance", pa.int32()),  # bits of the perceptual hash
        ("reason", pa.string()),
    ]
)
FACES = pa.schema(
    [
        ("id", pa.string()),
        ("role", pa.string()),
        ("quarter", pa.int8()),  # quarter turns clockwise that set the picture upright: 0..3
        ("faces", pa.list_(FACE)),  # the largest first
        ("style", POINTS),  # a drawing's style descriptor; null for a photo
    ]
)
QUALITY = pa.schema(
    [
        ("id", pa.string()),
        ("role", pa.string()),
        ("batch", pa.string()),
        ("keep", pa.bool_()),
        ("reason", pa.string()),
        ("value", pa.float64()),  # what was measured
        ("limit", pa.float64()),  # what it was held against
        ("faces", pa.int32()),  # of comparable size
        ("chosen", pa.list_(pa.int8())),  # numbers of the faces in data/faces that go on
        ("quarter", pa.int8()),
        ("yaw", pa.float32()),  # of the largest face
        ("pitch", pa.float32()),
        ("roll", pa.float32()),
    ]
)
ALIGN = pa.schema(
    [
        ("face_id", pa.string()),  # <id>-<number of the face in its image>
        ("id", pa.string()),
        ("role", pa.string()),
        ("batch", pa.string()),
        ("subject", pa.string()),
        ("image", IMAGE),  # PNG, size x size
        ("size", pa.int32()),
        ("matrix", pa.list_(pa.float64())),  # 2 x 3, source pixel -> crop pixel
        ("arc_matrix", pa.list_(pa.float64())),  # 2 x 3, source pixel -> 112-pixel ArcFace crop
        ("landmarks", POINTS),  # 5 x (x, y) in the crop
        ("landmarks68", POINTS),  # 68 x (x, y) in the crop
        ("embedding", POINTS),
        ("yaw", pa.float32()),  # degrees
        ("pitch", pa.float32()),
        ("roll", pa.float32()),
    ]
)
ATTRIBUTES = ("expression", "glasses", "mask", "age", "gender", "hair", "skin", "style")
LABEL = pa.schema(
    [
        ("face_id", pa.string()),
        ("role", pa.string()),
        ("yaw", pa.float32()),  # degrees
        ("pitch", pa.float32()),
        ("roll", pa.float32()),
        ("eyes_open", pa.float32()),  # height over width of the eye
        ("mouth_open", pa.float32()),
        ("colours", POINTS),  # mean Lab of hair, face and clothes: 9 numbers
        *[
            (name + suffix, kind)
            for name in ATTRIBUTES
            for suffix, kind in (("", pa.string()), ("_score", pa.float32()), ("_origin", pa.string()))
        ],
    ]
)
PAIR = pa.schema(
    [
        ("pair_id", pa.string()),
        ("photo", pa.string()),  # face_id
        ("anime", pa.string()),  # face_id; null for a teacher's picture
        ("person", pa.string()),  # the smallest subject of the person's cluster, else its smallest face_id
        ("method", pa.string()),  # manual | match | teacher
        ("score", pa.float32()),
        ("rank", pa.int16()),  # 1: the assigned drawing, 2 and on: the next best for the same photo
        ("status", pa.string()),  # accepted | candidate | rejected
        ("split", pa.string()),  # train | val | test
        ("reasons", pa.string()),
        ("teacher", pa.string()),
    ]
)
TEACHER = pa.schema([("face_id", pa.string()), ("image", IMAGE), ("teacher", pa.string())])
STYLIZE = pa.schema(
    [("face_id", pa.string()), ("id", pa.string()), ("image", IMAGE), ("model", pa.string()), ("settings", pa.string())]
)
EVALUATE = pa.schema(
    [
        ("face_id", pa.string()),
        ("model", pa.string()),  # base | tuned
        ("person", pa.string()),
        ("split", pa.string()),
        ("kept", pa.bool_()),  # null where the detector finds no face in the photo's crop either
        ("identity", pa.float64()),
        ("same_person", pa.bool_()),
        ("nme", pa.float64()),
        ("deformed", pa.bool_()),
        ("symmetry", pa.float64()),
        ("chroma_shift", pa.float64()),
        ("ssim", pa.float64()),  # null where no teacher drew a target
    ]
)

ROW_GROUP = 100


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
        pq.write_table(exact, part, row_group_size=ROW_GROUP, compression=_codecs(schema), use_dictionary=False)


def write_rows(rows: list[dict[str, Any]], path: Path, schema: pa.Schema, meta: dict[str, str] | None = None) -> None:
    """The rows, each a dict with the schema's columns, as `write` does."""
    write(pa.Table.from_pylist(rows, schema=schema), path, schema, meta)


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


@cache
def _codecs(schema: pa.Schema) -> dict[str, str]:
    """A codec for each Parquet leaf: pictures are compressed already."""
    empty = pa.BufferOutputStream()
    pq.write_table(schema.empty_table(), empty)
    leaves = pq.ParquetFile(pa.BufferReader(empty.getvalue())).schema
    paths = [leaves.column(i).path for i in range(len(leaves))]
    return {path: "none" if path == "image.bytes" else "zstd" for path in paths}
