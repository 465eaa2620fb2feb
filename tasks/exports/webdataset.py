"""Tar shards as webdataset reads them: <split>-000000.tar, in it <name>.photo.png, <name>.anime.png, <name>.json."""

import json
import tarfile
from io import BytesIO
from pathlib import Path

from tasks.exports.content import Read, by_split, parts, plain
from tasks.exports.selection import Item, Selection

SAMPLES = 1000  # in a shard


def write(selection: Selection, read: Read, folder: Path) -> None:
    """One tar per 1,000 samples of a split, without owners and clocks: the same samples, the same bytes."""
    for split, items in by_split(selection).items():
        for number, part in enumerate(parts(items, SAMPLES)):
            with tarfile.open(folder / f"{split}-{number:06d}.tar", "w", format=tarfile.USTAR_FORMAT) as tar:
                for item in part:
                    for name, data in members(item, read):
                        add(tar, name, data)


def members(item: Item, read: Read) -> list[tuple[str, bytes]]:
    """The sample's files, sorted by name; they lie next to each other, as webdataset needs it."""
    facts = json.dumps(plain(item.facts), sort_keys=True, ensure_ascii=False).encode()
    pictures = {("png" if role == "image" else f"{role}.png"): read(place) for role, place in item.pictures.items()}
    return [(f"{item.name}.{extension}", data) for extension, data in sorted((pictures | {"json": facts}).items())]


def add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    """Append a file of user 0, of the year 1970."""
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(data), 0o644
    tar.addfile(info, BytesIO(data))
