"""Parquet as the Hugging Face Hub keeps it: data/<split>-00000-of-00001.parquet, its pictures typed as Image."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.core.manifest import IMAGE, ROW_GROUP
from tasks.exports.content import Read, by_split, parts
from tasks.exports.selection import Item, Selection

ROWS = 2000  # in a file: about 0.4 GB of pairs at 256 pixels


def write(selection: Selection, read: Read, folder: Path) -> None:
    """One file per 2,000 rows of a split."""
    (folder / "data").mkdir()
    schema = table_schema(selection)
    for split, items in by_split(selection).items():
        files = list(parts(items, ROWS))
        for number, part in enumerate(files):
            path = folder / "data" / f"{split}-{number:05d}-of-{len(files):05d}.parquet"
            with pq.ParquetWriter(path, schema, compression="zstd", use_dictionary=False) as file:
                for group in parts(part, ROW_GROUP):
                    file.write_table(pa.Table.from_pylist(rows(group, read), schema=schema))


def rows(items: Sequence[Item], read: Read) -> list[dict[str, Any]]:
    """The items with the pictures themselves."""
    return [
        {role: {"bytes": read(place), "path": f"{item.name}.png"} for role, place in item.pictures.items()} | item.facts
        for item in items
    ]


def table_schema(selection: Selection) -> pa.Schema:
    """Picture columns first; the key `huggingface` tells `datasets` what they are."""
    fields = [*[pa.field(role, IMAGE) for role in selection.roles], *selection.schema()]
    features = {field.name: feature(field.type) for field in fields}
    return pa.schema(fields, {"huggingface": json.dumps({"info": {"features": features}})})


def feature(kind: pa.DataType) -> dict[str, str]:
    """The type as a feature of `datasets`."""
    if kind == IMAGE:
        return {"_type": "Image"}
    return {"dtype": {pa.float32(): "float32", pa.int16(): "int16"}.get(kind, "string"), "_type": "Value"}
