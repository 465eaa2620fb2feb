"""How near the stage stylize comes to its generator's own time: `python -m benchmarks.bulk FACES MODEL...`.

FACES is a folder of aligned faces (data/align). Workers of one core each share nothing, so that their throughput is
that of one: CPU seconds a face, of all the stage does (decode, draw, store, read again, the steps, encode) and of the
generator alone, on one core, in turns. The steps are those of params.yaml and, in a second row, all of them.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import cv2

from tasks.bench import machine
from tasks.core import image, manifest, params, shards
from tasks.faces.finder import Settings
from tasks.styles import drawn
from tasks.styles.drawn import Brush
from tasks.stylize import Finisher, Params

OUT, FACES = Path("reports/benchmarks/bulk.md"), 24
ALL = {"lens": 1.0, "hair": 1.0, "denoise": 20.0, "colour": 1.0, "grey_world": 1.0, "sharpen": 0.5, "strength": 0.8}


def main() -> None:
    """Measure each model with both settings, write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("faces", type=Path)
    parser.add_argument("models", type=Path, nargs="+")
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    given: Params = params.load("stylize", Params)
    lines = ["| generator | runtime | steps | all, ms | generator, ms | ratio |", "|---|---|---|---|---|---|"]
    for model in asked.models:
        for name, steps in (("params.yaml", given), ("all on", with_all(given))):
            lines.append(f"| {model} | {measured(faces(asked.faces), model, steps, name)} |")
    with manifest.whole(OUT) as part:
        part.write_text("\n\n".join(["# Bulk stylisation, one core", machine(), "\n".join(lines)]) + "\n")
    print(OUT.read_text())


def with_all(given: Params) -> Params:
    """The settings with every step on."""
    steps: dict[str, Any] = ALL
    return replace(given, **steps)


def faces(folder: Path) -> list[dict[str, Any]]:
    """The first photos' faces."""
    columns = ["face_id", "id", "role", "image", "landmarks68"]
    tables = (manifest.read(shard, manifest.ALIGN, columns).to_pylist() for shard in manifest.shards(folder))
    return [row for rows in tables for row in rows if row["role"] == "photo"][:FACES]


def measured(rows: list[dict[str, Any]], model: Path, given: Params, name: str) -> str:
    """The cells of one row of the table."""
    artist = drawn.opened(model, Settings(), given.runtime)
    wanted = given.wanted(artist.controlled)
    brush, digest = Brush(model, Settings(), wanted, given.runtime), shards.file_digest(model)
    finisher = Finisher(given, wanted, artist.controlled, digest)
    whole, alone = [], []
    for row in [rows[0], *rows]:
        photo, marks = image.decode_own(row["image"]["bytes"]), drawn.marks_of(row["landmarks68"])
        whole.append(taken(partial(stylised, row, brush, finisher)))
        alone.append(taken(partial(artist.crop, photo, marks, wanted)))
    mine, own = (median(some[1:]) * 1000 for some in (whole, alone))
    return f"{artist.runtime} | {name} | {mine:.0f} | {own:.0f} | {mine / own:.2f}"


def stylised(row: dict[str, Any], brush: Brush, finisher: Finisher) -> dict[str, Any]:
    """What a worker does of a face."""
    return finisher({"face_id": row["face_id"], "photo": row, "drawn": brush(row)})


def taken(work: Callable[[], object]) -> float:
    """CPU seconds."""
    began = time.process_time()
    work()
    return time.process_time() - began


if __name__ == "__main__":
    main()
