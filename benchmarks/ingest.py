"""Pictures a second that ingest takes in on one core, beside the floor and two peers: `python -m benchmarks.ingest`.

One-megapixel JPEGs are made anew from the photographs that packages carry. Every contestant reads each file; they take
turns, and the best turn of each counts, by the clock and by processor time (which a busy machine disturbs less).
imagededup is timed in a Python of its own (`--peer`, one that has imagededup).
"""

import argparse
import hashlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import imagehash
import numpy as np
from PIL import Image as Pil

from tasks import sample
from tasks.bench import machine
from tasks.core import manifest
from tasks.core.image import encode_jpeg, resize
from tasks.core.measures import measured
from tasks.core.stage import log, start

OUT = Path("reports/benchmarks/ingest.md")
Seconds = tuple[float, float]  # by the clock, of the processor
NOTE = b"\xff\xfe\0\x0dat the lake"  # a comment segment: what has to go before a file is stored
KINDS = {
    "1024 x 1024": ((1024, 1024), b""),
    "1152 x 864": ((1152, 864), b""),
    "1024 x 1024, with metadata": ((1024, 1024), NOTE),
}
BYTES = 277_000  # of a file, what cameras spend on a megapixel
GRAIN = 5.0  # grey levels of noise, for the detail that enlarging cannot give back
PHOTOS = ("astronaut", "coffee", "cat", "hopper")
PEER = """
import importlib.util, pathlib, sys, time, types
spec = importlib.util.find_spec("imagededup")
for name in ("methods", "utils"):  # entered past their __init__, which imports torch for another method
    package = types.ModuleType("imagededup." + name)
    package.__path__ = [spec.submodule_search_locations[0] + "/" + name]
    sys.modules[package.__name__] = package
from imagededup.methods.hashing import PHash
hasher, files = PHash(verbose=False), sorted(pathlib.Path(sys.argv[1]).iterdir())
hasher.encode_image(files[0])
clock, core = time.perf_counter(), time.process_time()
for file in files:
    hasher.encode_image(file)
print(time.perf_counter() - clock, time.process_time() - core)
"""


def main() -> None:
    """Make the files, let the contestants take turns, write the table."""
    line = argparse.ArgumentParser(description=__doc__)
    line.add_argument("--files", type=int, default=24)
    line.add_argument("--repeats", type=int, default=20, help="of the files, to fill a shard as ingest writes it")
    line.add_argument("--turns", type=int, default=5)
    line.add_argument("--peer", default=sys.executable, help="a Python with imagededup")
    given = line.parse_args()
    cv2.setNumThreads(1)
    tables = []
    for name, kind in KINDS.items():
        with tempfile.TemporaryDirectory() as folder:
            files = made(Path(folder), *kind, given.files) * given.repeats
            tables.append(f"## {name}\n\n{table(paces(files, given.turns, given.peer), files)}\n")
    with manifest.whole(OUT) as part:
        part.write_text(f"# Pictures per second on one core\n\n{machine()}\n\n" + "\n".join(tables))
    log.info("%s", OUT.read_text())


def made(folder: Path, shape: tuple[int, int], note: bytes, count: int) -> list[Path]:
    """So many JPEGs of the shape, each of nearly BYTES: other cuts, grain and light of the packaged photographs.

    `note` is a segment that each begins with.
    """
    random, files = np.random.default_rng(27), []
    for number in range(count):
        source = sample.packaged(PHOTOS[number % len(PHOTOS)])
        top, left = (int(random.integers(0, side // 5)) for side in source.shape[:2])
        picture = resize(source[top : top + source.shape[0] * 4 // 5, left : left + source.shape[1] * 4 // 5], *shape)
        grainy = np.clip(picture + random.normal(0, GRAIN, picture.shape), 0, 255).astype(np.uint8)
        data = min((encode_jpeg(grainy, q) for q in range(80, 97, 2)), key=lambda data: abs(len(data) - BYTES))
        files.append(folder / f"{number:03d}.jpg")
        files[-1].write_bytes(data[:2] + note + data[2:])
    return files


def paces(files: list[Path], turns: int, peer: str) -> dict[str, Seconds]:
    """Seconds a file of each contestant, its best turns."""
    contestants: dict[str, Callable[[list[Path]], Seconds]] = {
        "floor: read, sha256, grey at half size": timed(floor),
        "ingest: all measures, hashes, Parquet": timed(ours),
        "imagehash.phash(PIL)": timed(theirs),
        "imagededup PHash": lambda files: deduped(files, peer),
    }
    turned = [{name: run(files) for name, run in contestants.items()} for _ in range(turns)]
    return {name: _best([turn[name] for turn in turned], len(files)) for name in contestants}


def _best(turns: list[Seconds], count: int) -> Seconds:
    return min(clock for clock, _ in turns) / count, min(core for _, core in turns) / count


def timed(run: Callable[[list[Path]], None]) -> Callable[[list[Path]], Seconds]:
    """The same, giving its seconds."""

    def seconds(files: list[Path]) -> Seconds:
        clock, core = time.perf_counter(), time.process_time()
        run(files)
        return time.perf_counter() - clock, time.process_time() - core

    return seconds


def floor(files: list[Path]) -> None:
    """The least that any ingest does."""
    for file in files:
        data = file.read_bytes()
        hashlib.sha256(data).hexdigest()
        cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_REDUCED_GRAYSCALE_2)


def ours(files: list[Path]) -> None:
    """The rows of a shard, and the shard."""
    rows = []
    for file in files:
        data = file.read_bytes()
        digest = hashlib.sha256(data)
        row = dict.fromkeys(manifest.INGEST.names) | {"id": digest.hexdigest()[:16], "name": file.name}
        rows.append(row | measured(data, 100, digest))
    manifest.write_rows(rows, files[0].parent.with_suffix(".parquet"), manifest.INGEST)
    files[0].parent.with_suffix(".parquet").unlink()


def theirs(files: list[Path]) -> None:
    """The usual way to a perceptual hash."""
    for file in files:
        with Pil.open(file) as picture:
            imagehash.phash(picture)


def deduped(files: list[Path], peer: str) -> Seconds:
    """Seconds of imagededup's own encode_image; infinite where it is not at hand."""
    done = subprocess.run([peer, "-c", PEER, str(files[0].parent)], capture_output=True, text=True, check=False)
    if done.returncode:
        return float("inf"), float("inf")
    clock, core = done.stdout.split()[-2:]
    repeats = len(files) / len(set(files))
    return float(clock) * repeats, float(core) * repeats


def table(found: dict[str, Seconds], files: list[Path]) -> str:
    """Markdown: contestant, files per second, how ingest compares; by the clock and by processor time."""
    own = next(seconds for name, seconds in found.items() if name.startswith("ingest"))
    size = sum(file.stat().st_size for file in files) / len(files) / 1000
    lines = [f"{len(set(files))} JPEGs of {size:.0f} kB on average, {len(files)} rows in the shard.", "",
             "| | files/s | ingest is | files/s of processor time | ingest is |", "|---|---|---|---|---|"]  # fmt: skip
    for name, (clock, core) in found.items():
        known = f"{1 / clock:.0f} | {clock / own[0]:.2f} x | {1 / core:.0f} | {core / own[1]:.2f} x"
        lines.append(f"| {name} | {known if clock < float('inf') else 'not installed | | |'} |")
    return "\n".join(lines)


if __name__ == "__main__":
    start(main)
