"""How long judging takes: `python -m benchmarks.judging --align DIR --model generator.onnx [--faces 10000]`.

Aligned photos of a collection of yours, each as often as it takes to make up the number, a little lighter every time so
that no two are alike; the teacher is the cel filter. Measured are the photos, then the model's drawings of them with
every score (without LPIPS), then the same again, when all is kept. Drawing itself is timed apart: it is no score.
"""

import argparse
import time
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow.compute as pc

from tasks.bench import machine
from tasks.core import image, manifest, shards
from tasks.core.pool import pool
from tasks.faces.finder import Settings
from tasks.judging.judge import Instruments
from tasks.judging.memo import Memo
from tasks.judging.models import TUNED, Model
from tasks.judging.referee import AUTO, choose
from tasks.styles.cel import cel
from tasks.styles.stylizer import Stylizer

OUT = Path("reports/benchmarks/judging.md")
SHARD, DRAWN = 500, 40  # faces to a shard; drawings that are timed apart
COLUMNS = ["face_id", "image", "landmarks", "landmarks68", "role"]
Row = dict[str, Any]


def main() -> None:
    """Write the table."""
    chosen = arguments()
    with TemporaryDirectory() as folder, pool() as workers:
        root = Path(folder)
        faces = collection(chosen.align, root, chosen.faces)
        referee = choose(AUTO, "embedded", "any")
        tools = Instruments(Settings(backend="insightface"), referee.score, referee.second, "style")
        memo = Memo(root / "align", root / "teacher", root / "judged", tools, frozenset(faces), workers)
        model = Model(TUNED, chosen.model, shards.file_digest(chosen.model), "")
        seconds = {name: timed(memo, model) for name in ("scored", "again, all kept")}
        side, drawing = drawn(root, chosen.model)
    photos, scored = seconds["scored"]
    both, left = photos + scored, photos + scored - drawing * chosen.faces / workers.workers
    rows = [
        ("the photos themselves", photos),
        ("one model's drawings, drawn and scored", scored),
        ("both", both),
        ("both, less the drawing itself", left),
        ("the same again, when all is kept", sum(seconds["again, all kept"])),
    ]
    lines = [f"# {chosen.faces:,} faces of {side} pixels judged", machine(), table(rows, chosen.faces)]
    lines.append(
        f"Detector insightface, encoders {referee.score} and {referee.second}, every score but LPIPS; "
        f"{workers.workers} processes. Drawing takes {1000 * drawing:.0f} ms of one core for each face."
    )
    with manifest.whole(OUT) as part:
        part.write_text("\n\n".join(lines) + "\n")
    print(OUT.read_text())


def arguments() -> argparse.Namespace:
    """Where the faces and the generator are, and how many faces."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--align", type=Path, required=True, help="shards of aligned faces")
    parser.add_argument("--model", type=Path, required=True, help="a generator as an .onnx file")
    parser.add_argument("--faces", type=int, default=10_000)
    return parser.parse_args()


def collection(align: Path, root: Path, wanted: int) -> list[str]:
    """Shards of that many aligned photos and of the cel filter's drawings of them; their face ids."""
    rows = islice(multiplied(align), wanted)
    ids: list[str] = []
    for number in count():
        part = list(islice(rows, SHARD))
        if not part:
            return ids
        ids += [row["face_id"] for row in part]
        write(part, root / "align" / f"{number}.parquet", manifest.ALIGN)
        targets = [
            row | {"image": stored(cel(image.decode_own(row["image"]["bytes"]))), "teacher": "cel"} for row in part
        ]
        write(targets, root / "teacher" / f"{number}.parquet", manifest.TEACHER)
    raise AssertionError


def multiplied(align: Path) -> Iterator[Row]:
    """The photos again and again, one grey level lighter each time."""
    photos = [
        row
        for shard in manifest.shards(align)
        for row in manifest.read(shard, manifest.ALIGN, COLUMNS).filter(pc.field("role") == "photo").to_pylist()
    ]
    for turn in count():
        for row in photos:
            lighter = np.minimum(image.decode_own(row["image"]["bytes"]).astype(np.int16) + turn, 255).astype(np.uint8)
            yield row | {"face_id": shards.digest(row["face_id"], str(turn))[:16], "image": stored(lighter)}


def write(rows: list[Row], path: Path, schema: Any) -> None:
    """A shard as a stage leaves it."""
    full = [dict.fromkeys(schema.names) | {name: value for name, value in row.items() if name in schema.names}
            for row in rows]  # fmt: skip
    manifest.write_rows(full, path, schema, {"basis": path.stem})


def stored(picture: image.Image) -> Row:
    """As manifests hold pictures."""
    return {"bytes": image.encode_png(picture), "path": None}


def timed(memo: Memo, model: Model) -> tuple[float, float]:
    """Seconds for the photos and for the model's drawings."""
    began = time.perf_counter()
    memo.photos()
    between = time.perf_counter()
    memo.drawings(model)
    return between - began, time.perf_counter() - between


def drawn(root: Path, model: Path) -> tuple[int, float]:
    """The side of the pictures, and the seconds one core takes to draw one."""
    rows = manifest.read(root / "align/0.parquet", manifest.ALIGN, ["image"])["image"].to_pylist()[:DRAWN]
    photos = [image.decode_own(row["bytes"]) for row in rows]
    run = Stylizer(model, threads=1).run
    run(photos[0])
    began = time.process_time()
    for photo in photos:
        run(photo)
    return len(photos[0]), (time.process_time() - began) / len(photos)


def table(rows: list[tuple[str, float]], faces: int) -> str:
    """Markdown."""
    lines = ["| work | minutes | ms for each face |", "|---|---|---|"]
    return "\n".join([*lines, *(f"| {name} | {took / 60:.1f} | {1000 * took / faces:.0f} |" for name, took in rows)])


if __name__ == "__main__":
    main()
