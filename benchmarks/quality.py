"""How long a million decisions take: `python -m benchmarks.quality`.

A million pictures, nine in ten of them photos, with measures and faces drawn at random so that every rule is broken
somewhere, go through the steps of the stage: read the manifests, gather, decide, write. No picture is decoded.
"""

import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tasks import quality
from tasks.bench import machine
from tasks.core import manifest
from tasks.sifting.limits import Params
from tasks.sifting.pictures import gather

OUT = Path("reports/benchmarks/quality.md")
COUNT, ROUNDS = 1_000_000, 3
FIVE = np.array([[-30.0, 0], [30, 0], [0, 35], [-22, 65], [22, 65]])
Floats = NDArray[np.float64]
T = TypeVar("T")


def main() -> None:
    """Write the table of the fastest of ROUNDS."""
    decisions, measured, seen = collection(np.random.default_rng(0), COUNT)
    gathered, gathering = timed(lambda: gather(decisions, measured, seen))
    decided, deciding = timed(lambda: quality.decide(gathered, Params()))
    with TemporaryDirectory() as folder:
        _, writing = timed(lambda: manifest.write(decided, Path(folder) / "quality.parquet", manifest.QUALITY))
    counts = manifest.tally(decided["reason"].to_pylist())
    lines = [f"# {COUNT:,} decisions", machine(), "| step | seconds |\n|---|---|"]
    lines[-1] += f"\n| join measures and faces | {gathering:.2f} |\n| decide | {deciding:.2f} |"
    lines[-1] += f"\n| **both** | **{gathering + deciding:.2f}** |\n| write the manifest | {writing:.2f} |"
    reasons = ", ".join(f"{reason} {count}" for reason, count in counts["reasons"].items())
    lines.append(f"The fastest of {ROUNDS} rounds, one process. Kept {counts['kept']}; {reasons}.")
    with manifest.whole(OUT) as part:
        part.write_text("\n\n".join(lines) + "\n")
    print(OUT.read_text())


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """What the work gives, and the seconds of its fastest round."""
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        found = work()
        took.append(time.perf_counter() - began)
    return found, min(took)


def collection(rng: np.random.Generator, count: int) -> tuple[pa.Table, pa.Table, pa.Table]:
    """The tables of dedupe, of ingest and of the finder, these two in other orders than the first."""
    ids = np.array([f"{i:016x}" for i in rng.integers(0, 2**63, count)])
    keys = {"id": ids, "batch": np.repeat("batch", count)}
    decisions = pa.table(
        keys | {"role": np.where(rng.random(count) < 0.9, "photo", "anime"), "keep": np.full(count, True)}
    )
    columns: dict[str, Floats] = {"width": rng.integers(450, 2000, count).astype(np.float64)}
    columns |= {"height": columns["width"] * 1.25, "brightness": rng.normal(125, 40, count)}
    columns |= {"sharpness": rng.lognormal(5, 1, count), "contrast": rng.normal(50, 15, count)}
    columns |= {"jpeg_quality": rng.uniform(20, 100, count), "drawn": rng.beta(1, 8, count)}
    measured = pa.table(keys | columns | {"blockiness": rng.normal(1.1, 0.2, count)})
    return (
        decisions,
        measured.take(rng.permutation(count)),
        seen(rng, ids, decisions["role"], columns["width"]).take(rng.permutation(count)),
    )


def seen(rng: np.random.Generator, ids: NDArray[np.str_], role: pa.ChunkedArray, width: Floats) -> pa.Table:
    """What the finder would have recorded: one face for most pictures, none, two or three for others."""
    counts = rng.choice([0, 1, 2, 3], len(ids), p=[0.03, 0.87, 0.07, 0.03])
    total, ends = int(counts.sum()), np.append(0, np.cumsum(counts))
    side = rng.lognormal(5.5, 0.5, total)
    centre = (
        np.stack([rng.normal(0.5, 0.2, total), rng.normal(0.5, 0.1, total)], axis=1) * np.repeat(width, counts)[:, None]
    )
    boxes = np.hstack([centre - side[:, None] / 2, centre + side[:, None] / 2])
    points = (FIVE * side[:, None, None] / 150 + centre[:, None]).reshape(total, 10)
    angles = rng.normal(0, 15, (total, 3))
    fields = [_lists(boxes), pa.array(np.ones(total, np.float32)), _lists(points), _lists(angles)]
    fields.append(pa.array(rng.beta(0.2, 5, total).astype(np.float32)))
    faces = pa.StructArray.from_arrays(fields, fields=list(manifest.FACE))
    lists = pa.ListArray.from_arrays(pa.array(ends.astype(np.int32)), faces)
    described = _lists(rng.normal(0.4, 0.1, (len(ids), 78)))
    style = pc.if_else(pc.equal(role, "anime"), described, None)
    return pa.table({"id": ids, "role": role, "quarter": np.zeros(len(ids), np.int8), "faces": lists, "style": style})


def _lists(rows: Floats) -> pa.ListArray:
    ends = np.arange(len(rows) + 1, dtype=np.int32) * rows.shape[1]
    return pa.ListArray.from_arrays(pa.array(ends), pa.array(rows.ravel().astype(np.float32)))


if __name__ == "__main__":
    main()
