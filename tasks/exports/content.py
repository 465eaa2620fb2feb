"""What every layout is made of: items by split, in parts, their pictures' bytes, their facts as plain text."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.core import manifest
from tasks.core.errors import UserError
from tasks.core.pictures import Pictures
from tasks.core.splits import SPLITS
from tasks.exports.selection import Item, Row, Selection

Read = Callable[[tuple[str, str]], bytes]  # (folder of shards, face_id) -> PNG


def reader(data: Path) -> Read:
    """Reads the PNG of an aligned face or of a teacher's drawing; raises UserError where the folders lack it."""
    shelves = {
        "align": Pictures(data / "align", manifest.ALIGN, "face_id"),
        "teacher": Pictures(data / "teacher", manifest.TEACHER, "face_id"),
    }

    def read(place: tuple[str, str]) -> bytes:
        folder, face = place
        found = shelves[folder].read(face) if face in shelves[folder] else None
        if found is None:
            raise UserError(f"{data / folder} lacks the picture of {face}; `dvc repro pair` makes it")
        return found

    return read


def by_split(selection: Selection) -> dict[str, list[Item]]:
    """The items of each split that has any, train first."""
    found = {split: [item for item in selection.items if item.split == split] for split in SPLITS}
    return {split: items for split, items in found.items() if items}


def parts(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """The items, `size` at a time."""
    return (items[at : at + size] for at in range(0, len(items), size))


def plain(facts: Mapping[str, Any]) -> Row:
    """The facts as JSON has them: six digits are more than a float32 holds for certain."""
    return {name: float(f"{value:.6g}") if isinstance(value, float) else value for name, value in facts.items()}


def write_metadata(
    folder: Path, names: Sequence[Mapping[str, str]], items: Sequence[Item], selection: Selection
) -> None:
    """metadata.parquet as Hugging Face's ImageFolder reads it: columns of file names, then the facts.

    A table of text would do for people, but `datasets` guesses a CSV's types split by split, and refuses where the
    guesses differ.
    """
    columns = [pa.field(name, pa.string()) for name in names[0]]
    rows = [dict(own) | item.facts for own, item in zip(names, items, strict=True)]
    table = pa.Table.from_pylist(rows, schema=pa.schema([*columns, *selection.schema()]))
    pq.write_table(table, folder / "metadata.parquet", compression="zstd")
