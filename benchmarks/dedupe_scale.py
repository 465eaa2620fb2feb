"""What finding near hashes costs as they become many: `python -m benchmarks.dedupe_scale [--ten-million]`.

Random hashes are spread evenly; skewed ones have a tenth of the pictures in 100 tight clusters, centres with 0 to 2 of
their bits turned. Each measurement runs in a process of its own, so that its peak memory is its own; CPU seconds stand
beside the clock's, since a busy machine stretches only the latter.
"""

import argparse
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from tasks import dedupe
from tasks.bench import machine
from tasks.core import manifest, near_index, thumbs
from tasks.core.hamming import Hashes, distinct, near_pairs

OUT = Path("reports/benchmarks/dedupe-scale.md")
CLUSTERS, SHARE = 100, 0.1
NEW = 10_000


class Cost(NamedTuple):
    """One line of the table."""

    what: str
    pictures: int
    kind: str
    found: str
    seconds: float
    cpu: float
    peak_mb: float


def main() -> None:
    """Measure one after the other, write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ten-million", action="store_true", help="ten million hashes as well; some two minutes")
    sizes = (1_000_000, 10_000_000) if parser.parse_args().ten_million else (1_000_000,)
    tasks = [(search, size) for size in sizes] + [(refreshed, 1_000_000), (decided, 1_000_000)]
    costs = [alone(task, size, kind) for task, size in tasks for kind in ("random", "skewed")]
    with manifest.whole(OUT) as part:
        part.write_text(report(costs))


def alone(task: Callable[[int, str], Cost], size: int, kind: str) -> Cost:
    """The cost of the task in a fresh process."""
    with multiprocessing.get_context("spawn").Pool(1) as process:
        return process.apply(task, (size, kind))


def search(size: int, kind: str) -> Cost:
    """All pairs within four bits, counted as they come."""
    hashes = HASHES[kind](size, np.random.default_rng(1))
    with Clock() as clock:
        pairs = sum(len(piece) for piece in near_pairs(distinct(hashes)))
    return Cost("all near pairs", size, kind, f"{pairs} pairs of distinct hashes", *clock.cost())


def refreshed(size: int, kind: str) -> Cost:
    """New hashes against the index of the others: load, compare, write it back."""
    chance = np.random.default_rng(2)
    hashes = chance.permutation(HASHES[kind](size + NEW, chance))  # the new ones are like the others
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "photo-phash.near"
        before = len(near_index.refresh(path, hashes[NEW:]).pairs)
        with Clock() as clock:
            after = near_index.refresh(path, hashes)
    what = f"{NEW} new against the index on disk"
    return Cost(what, size, kind, f"{len(after.pairs) - before} new pairs", *clock.cost())


def decided(size: int, kind: str) -> Cost:
    """Every picture's cluster from hashes, thumbs and the near pairs; twins share a cluster's thumb."""
    chance = np.random.default_rng(3)
    phash = HASHES[kind](size, chance)
    cells = chance.integers(0, 256, (size, 256), np.uint8)
    pictures = pd.DataFrame({"id": [f"{n:016x}" for n in range(size)], "role": "photo", "batch": "b", "position": 0})
    pictures["name"] = pictures["pixels"] = pictures["id"]
    pictures["width"], pictures["height"] = chance.integers(256, 2048, (2, size))
    pictures["sharpness"] = chance.random(size)
    if kind == "skewed":
        cells[: int(size * SHARE)] = cells[np.arange(int(size * SHARE)) % CLUSTERS]
    prints = dedupe.Prints(phash, thumbs.gradient_hash(cells), cells)
    near = {"photo": (near_index.build(distinct(phash)), near_index.build(distinct(prints.gradient)))}
    with Clock() as clock:
        rows = dedupe.decide(pictures, phash, dedupe.clustered(pictures, prints, near, dedupe.Params()))
    return Cost("decisions", size, kind, f"{int((~rows['keep']).sum())} duplicates", *clock.cost())


def random(size: int, chance: np.random.Generator) -> Hashes:
    """Every hash as likely as another."""
    return chance.integers(0, 2**64, size, np.uint64)


def skewed(size: int, chance: np.random.Generator) -> Hashes:
    """A tenth of the hashes at most two bits from 100 centres; member n belongs to centre n modulo 100."""
    hashes, count = random(size, chance), int(size * SHARE)
    members = hashes[np.arange(count) % CLUSTERS]
    turned = chance.integers(0, 3, count)
    for most in (1, 2):
        bit = np.uint64(1) << chance.integers(0, 64, count, np.uint64)
        members ^= np.where(turned >= most, bit, np.uint64(0))
    hashes[:count] = members
    return hashes


HASHES = {"random": random, "skewed": skewed}


class Clock:
    """Wall and CPU seconds of a block."""

    def __enter__(self) -> "Clock":
        self._began = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        self._took = time.perf_counter() - self._began[0], time.process_time() - self._began[1]

    def cost(self) -> Iterator[float]:
        """Seconds, CPU seconds, and the peak memory of the process in MB."""
        return iter((*self._took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))


def report(costs: list[Cost]) -> str:
    """Markdown with machine and versions."""
    lines = ["| what | pictures | hashes | found | seconds | CPU seconds | peak memory, MB |", "|---" * 7 + "|"]
    lines += [
        f"| {c.what} | {c.pictures:,} | {c.kind} | {c.found} | {c.seconds:.2f} | {c.cpu:.2f} | {c.peak_mb:.0f} |"
        for c in costs
    ]
    head = f"# Near hashes by the million\n\n{machine()} NumPy {np.__version__}."
    return head + "\n\n" + "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
