"""Many faces by the stage's own functions, beside the generator alone."""

import tempfile
import time
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tasks import stylize
from tasks.core import image, manifest
from tasks.core.image import Image
from tasks.core.pool import pool
from tasks.faces.finder import Settings
from tasks.styles import drawn
from tasks.styles.drawn import Brush, Places
from tasks.styles.portrait import Wanted
from tasks.stylize import Finisher, Params

Row = dict[str, Any]


@dataclass(frozen=True)
class Alone:
    """Picture -> drawing, as a value that worker processes can be sent."""

    model: Path
    faces: Settings
    runtime: str

    def __call__(self, photo: Image) -> float:
        """The generator's run and nothing else; a number, as a picture's way back would count too."""
        artist = drawn.opened(self.model, self.faces, self.runtime)
        return float(artist.crop(photo, np.zeros((68, 2)), Wanted()).photo[0, 0, 0])


def bulk(file: Path, runtime: str, align: Path, side: int, count: int) -> dict[str, float]:
    """Seconds of the generator alone and of the stage over that many faces, side x side, in this order.

    One pool serves both, and has its processes and models before either is timed.
    """
    rows, file = faces(align, side, count), file.resolve()
    settings, given = Settings(), Params()
    alone, brush = Alone(file, settings, runtime), Brush(file, settings, given.wanted(False), runtime)
    photos = [image.decode_own(row["image"]["bytes"]) for row in rows]
    with tempfile.TemporaryDirectory() as folder, chdir(folder), pool() as workers:
        manifest.write_rows(rows, Path("data/align/many-000000000000.parquet"), manifest.ALIGN)
        list(workers.map(alone, photos))
        began = time.perf_counter()
        list(workers.map(alone, photos))
        middle = time.perf_counter()
        drawn.update(stylize.raw(brush, "digest"), Places(), brush, workers)
        finisher = Finisher(given, brush.wanted, False, "digest")
        stylize.finish(stylize.output(finisher), Places(), finisher, workers)
        return {"alone": middle - began, "stage": time.perf_counter() - middle}


def faces(align: Path, side: int, count: int) -> list[Row]:
    """The first aligned photos at another size, landmarks and all; fewer are taken again under other names."""
    found = [row for path in sorted(align.glob("*.parquet")) for row in manifest.read(path, manifest.ALIGN).to_pylist()]
    photos = [row for row in found if row["role"] == "photo"]
    return [_sized(photos[number % len(photos)], side, number) for number in range(count)]


def _sized(row: Row, side: int, number: int) -> Row:
    photo = image.decode_own(row["image"]["bytes"])
    scale = side / len(photo)
    data = image.encode_webp(image.resize(photo, side, side), 95)
    name = f"{number:016x}"
    marks = {key: [value * scale for value in row[key]] for key in ("landmarks", "landmarks68")}
    return row | marks | {"image": {"bytes": data, "path": None}, "face_id": f"{name}-0", "id": name, "size": side}
