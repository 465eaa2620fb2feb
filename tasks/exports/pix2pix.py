"""AB pictures as pix2pix and its kin read them: <split>/<name>.png, the photo left, the drawing right."""

from pathlib import Path

import numpy as np

from tasks.core.image import Image, decode_own, encode_png, resize
from tasks.exports.content import Read, by_split, write_metadata
from tasks.exports.selection import Item, Selection


def write(selection: Selection, read: Read, folder: Path) -> None:
    """A folder per split; its metadata.parquet is no picture, so that pix2pix passes over it."""
    for split, items in by_split(selection).items():
        (folder / split).mkdir()
        for item in items:
            (folder / split / f"{item.name}.png").write_bytes(encode_png(joined(item, read)))
        write_metadata(folder / split, [{"file_name": f"{item.name}.png"} for item in items], items, selection)


def joined(item: Item, read: Read) -> Image:
    """Both pictures in one, h x 2w x 3; the drawing is brought to the photo's size where it has another."""
    photo, drawing = (decode_own(read(item.pictures[role])) for role in ("photo", "anime"))
    height, width = photo.shape[:2]
    if drawing.shape != photo.shape:
        drawing = resize(drawing, width, height)
    return np.hstack([photo, drawing])
