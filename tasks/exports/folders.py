"""Loose files as torchvision's ImageFolder reads them: <split>/<class>/<name>.png, beside them metadata.parquet."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tasks.exports.content import Read, by_split, write_metadata
from tasks.exports.selection import Item, Selection, told

UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")


def write(selection: Selection, read: Read, folder: Path, by: str) -> None:
    """A folder per split, in it one per class; classes are the pictures' roles, or the values of the label `by`."""
    for split, items in by_split(selection).items():
        names = [write_item(folder / split, item, read, by) for item in items]
        write_metadata(folder / split, names, items, selection)


def write_item(folder: Path, item: Item, read: Read, by: str) -> Mapping[str, str]:
    """Write the item's pictures; column of metadata.parquet -> name of the file."""
    names = {}
    for role, place in item.pictures.items():
        name = f"{class_of(item, role, by)}/{item.name}.png"
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(read(place))
        names["file_name" if role == "image" else f"{role}_file_name"] = name
    return names


def class_of(item: Item, role: str, by: str) -> str:
    """The class's folder: a value typed by hand may hold anything, so that only letters, digits, - and _ stay."""
    value = told(item.facts, by) if role == "image" else role
    return UNSAFE.sub("_", value)


def by_class(by: str) -> Callable[[Selection, Read, Path], Any]:
    """`write` with its classes chosen."""
    return lambda selection, read, folder: write(selection, read, folder, by)
