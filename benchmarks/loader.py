"""What the stream of training pictures costs, alone: reports/benchmarks/loader.md.

`python -m benchmarks.loader` with 20,000 faces of 256 pixels and 2,000 of 512, which it writes to a temporary folder
(7 GB) and deletes; `python -m benchmarks.loader 2000` with as many of each.
"""

import multiprocessing
import resource
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from pathlib import Path

import cv2
import numpy as np

from tasks.bench import machine
from tasks.core import manifest
from tasks.core.image import Image, encode_png
from tasks.training.plan import Augment, Plan
from tasks.training.stream import Stream
from tests.training.collection import face, landmarks, pair

OUT = Path("reports/benchmarks/loader.md")
COUNTS = {256: 20_000, 512: 2_000}  # faces by the side of their crops
KINDS = 50  # different pictures: what is read and decoded is as large as if all differed
SHARD = 5_000  # faces
BATCH, SHOWN = 4, 200  # pictures in a step, pictures that are timed
EVERYTHING = Augment(light=0.3, dark_hair=0.5)
CASES = [(size, workers, Augment()) for size in COUNTS for workers in (0, 1, 2)] + [(256, 0, EVERYTHING)]


def main() -> None:
    """Measure and write the table."""
    counts = dict.fromkeys(COUNTS, int(sys.argv[1])) if len(sys.argv) > 1 else COUNTS
    lines = [
        "| faces | side | changes | readers | open, s | images/s | CPU, ms | share of a step | peak, MB | reader, MB |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for size, count in counts.items():
        with tempfile.TemporaryDirectory() as folder:
            write(Path(folder), size, count)
            lines += [row(Path(folder), count, *case) for case in CASES if case[0] == size]
    versions = ", ".join(f"{name} {version(name)}" for name in ("torch", "pyarrow", "numpy"))
    text = f"""# Loader

{machine()} Also {versions}.

Generated faces and drawings, batches of {BATCH}, {SHOWN} pictures after the first step, nothing trained beside. Readers
0: the training's own process reads. CPU: of the training's process, per picture; the share is of a step at 5 images/s,
as if the step used one core. Peak: memory of that process, torch itself included, and of its largest reader.

"""
    text += "\n".join(lines) + "\n"
    with manifest.whole(OUT) as part:
        part.write_text(text)
    print(text)


def row(folder: Path, count: int, size: int, workers: int, augment: Augment) -> str:
    """A line of the table, measured in a fresh process whose peak is nothing but the stream's."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        opened, rate, spent, peak, reader = pool.submit(measure, folder, size, workers, augment).result()
    changes = "light and hair too" if augment == EVERYTHING else "window and colour"
    numbers = f"{opened:.2f} | {rate:.0f} | {1000 * spent:.1f} | {5 * spent:.1%} | {peak:.0f} | {reader:.0f}"
    return f"| {count} | {size} | {changes} | {workers} | {numbers} |"


def measure(folder: Path, size: int, workers: int, augment: Augment) -> tuple[float, ...]:
    """Seconds to open the stream, its images per second, CPU seconds per image, the peaks of it and its readers, MB."""
    plan = Plan(steps=1 + SHOWN // BATCH, batch=BATCH, sizes=(size,), workers=workers, augment=augment)
    began = time.perf_counter()
    stream = Stream(plan, True, align=folder / "align", teacher=folder / "teacher", pair=folder / "pair.parquet")
    opened = time.perf_counter() - began
    batches = stream.batches(0)
    next(batches)
    began, spent = time.perf_counter(), time.process_time()
    shown = sum(len(batch) for batch in batches)
    rate, spent = shown / (time.perf_counter() - began), (time.process_time() - spent) / shown
    peaks = [resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return opened, rate, spent, *peaks


def write(folder: Path, size: int, count: int) -> None:
    """Write data/align, data/teacher and data/pair.parquet of so many faces."""
    photos, drawings = ([encode_png(textured(kind, grain, size)) for kind in range(KINDS)] for grain in (5.0, 2.0))
    points = landmarks(size).ravel().tolist()
    template = face("", 0, 16, "photo") | {"size": size, "landmarks68": points}
    names = [f"{number:016x}-0" for number in range(count)]
    for start in range(0, count, SHARD):
        some = list(enumerate(names))[start : start + SHARD]
        rows = [template | {"face_id": name, "image": {"bytes": photos[i % KINDS], "path": ""}} for i, name in some]
        drawn = [{"face_id": n, "image": {"bytes": drawings[i % KINDS], "path": ""}, "teacher": "cel"} for i, n in some]
        manifest.write_rows(rows, folder / f"align/{start:06d}.parquet", manifest.ALIGN)
        manifest.write_rows(drawn, folder / f"teacher/{start:06d}.parquet", manifest.TEACHER)
    manifest.write_rows([pair(name, "train") for name in names], folder / "pair.parquet", manifest.PAIR)


def textured(seed: int, grain: float, size: int) -> Image:
    """Soft shapes under a photograph's grain, which PNG packs about as well as a selfie's crop."""
    rng = np.random.default_rng(seed)
    soft = cv2.resize(rng.uniform(0, 255, (12, 12, 3)), (size, size), interpolation=cv2.INTER_CUBIC)
    return np.asarray((soft + rng.normal(0, grain, soft.shape)).clip(0, 255), np.uint8)


if __name__ == "__main__":
    main()
