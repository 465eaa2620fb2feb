"""What matching and telling people apart cost, and what blocks lose: reports/benchmarks/pairs.md.

`python -m benchmarks.pairs` with 100,000 photos and as many drawings; `python -m benchmarks.pairs 20000` with fewer.
"""

import resource
import sys
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from tasks.bench import machine
from tasks.core import manifest
from tasks.core.splits import split_of
from tasks.faces.backend import Embedding
from tasks.faces.onnx_encoder import unit
from tasks.pairing.assignment import BLOCK, Vectors, assign
from tasks.pairing.matching import matches
from tasks.pairing.people import Sighting, places
from tasks.pairing.similarity import SCALE, Traits, compose, drawing_parts, photo_parts

OUT = Path("reports/benchmarks/pairs.md")
COUNT, SAMPLE, DIMENSIONS = 100_000, 2000, 128
SHOTS, NOISE, ALIKE = 5, 0.04, 0.6  # photos of a person, spread around them, cosine from which faces are one person
EXPRESSIONS, SEEN = ("neutral", "happy", "surprised", "sad", "unknown"), (0.4, 0.3, 0.1, 0.1, 0.1)
HAIR = [[15, 2, 3], [35, 8, 15], [70, 5, 30], [60, 40, -10], [50, -10, -30]]  # Lab: black, brown, blond, pink, blue


def main() -> None:
    """Measure and write the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    lines = ["| what | size | seconds | peak memory so far, MB |", "|---|---|---|---|"]
    lines += [told_apart(count), matched(count)]
    versions = f"numpy {version('numpy')}, scipy {version('scipy')}"
    text = f"# Pairs\n\n{machine()} Also {versions}. Synthetic faces, embeddings of {DIMENSIONS} numbers.\n\n"
    text += "\n".join(lines)
    text += f"\n\n## What blocks lose, {SAMPLE} photos and {SAMPLE} drawings\n\n" + blocks(SAMPLE)
    with manifest.whole(OUT) as part:
        part.write_text(text + "\n")
    print(text)


def matched(count: int) -> str:
    """The line of a full matching, reasons in words included."""
    photos, drawings = faces(count, 0), faces(count, 1)
    began = time.perf_counter()
    found = matches(photos, drawings, 0.6, 3)
    first = [match.anime for match in found if match.rank == 1]
    assert len(first) == len(set(first))
    return _line(f"match, assign, three ranks: {len(found)} matches", f"{count} x {count}", began)


def told_apart(count: int) -> str:
    """The line of people and splits, without subjects on record."""
    rng = np.random.default_rng(2)
    people = rng.normal(0, DIMENSIONS**-0.5, (count // SHOTS, DIMENSIONS))
    shown = np.repeat(people, SHOTS, axis=0)
    shown += rng.normal(0, NOISE, shown.shape)
    order = rng.permutation(len(shown))
    began = time.perf_counter()
    seen = [Sighting(f"{row:08d}", "", f"{row:08d}") for row in order.tolist()]
    found = places(
        seen, np.asarray(shown[order], np.float32), Cosine(), ALIKE, lambda name: split_of(name, 0.125, 0.25, 1)
    )
    told = {place.person for place in found}
    between = sum(place.split is None for place in found)
    return _line(f"people: {len(told)} told of {len(people)}, {between} faces between splits", str(len(found)), began)


def blocks(count: int) -> str:
    """Markdown: which share of the optimal total score an assignment in blocks reaches, and of its gain over chance."""
    photos, drawings = faces(count, 3), faces(count, 4)
    a, b = compose(photo_parts(photos, drawings)), compose(drawing_parts(photos, drawings))
    scores = np.asarray(a @ b.T / SCALE**2, np.float32)
    began = time.perf_counter()
    best = float(scores[linear_sum_assignment(scores, maximize=True)].mean())
    chance = float(scores.mean())
    lines = [
        "| assignment | mean score | share of the optimum | of its gain over chance | seconds |",
        "|---|---|---|---|---|",
    ]
    lines.append(f"| all at once | {best:.4f} | 1 | 1 | {time.perf_counter() - began:.2f} |")
    lines += [_blocked(scores, a, b, block, best, chance) for block in (BLOCK, 256, 64)]
    lines.append(f"| by chance | {chance:.4f} | {chance / best:.4f} | 0 | |")
    return "\n".join(lines)


def _blocked(scores: Vectors, a: Vectors, b: Vectors, block: int, best: float, chance: float) -> str:
    began = time.perf_counter()
    score = float(scores[np.arange(len(a)), assign(a, b, block)].mean())
    seconds = time.perf_counter() - began
    gain = (score - chance) / (best - chance)
    return f"| in blocks of {block} | {score:.4f} | {score / best:.4f} | {gain:.4f} | {seconds:.2f} |"


def faces(count: int, seed: int) -> Traits:
    """Faces as a collection has them: a few colours of hair, most of them frontal, one in ten of unknown labels."""
    rng = np.random.default_rng(seed)
    colours = rng.uniform([0, -40, -40] * 3, [100, 40, 40] * 3, (count, 9))
    colours[:, :3] = rng.choice(HAIR, count) + rng.normal(0, 8, (count, 3))
    names = {
        "expression": rng.choice(EXPRESSIONS, count, p=SEEN).tolist(),
        "gender": rng.choice(["female", "male", "unknown"], count, p=(0.45, 0.45, 0.1)).tolist(),
    }
    looks = rng.normal(0, 1, (count, DIMENSIONS)).astype(np.float32)
    return Traits(rng.normal(0, 1, (count, 3)) * [18, 10, 6], colours, looks, names)


class Cosine:
    """The similarity of every ONNX encoder, without a network."""

    name, digest, path, same = "cosine", "", None, ALIKE

    def embed(self, image: NDArray[np.uint8], landmarks: NDArray[np.float64]) -> Embedding:
        """Nothing to embed here."""
        raise NotImplementedError

    def similarity(self, a: Embedding, b: Embedding) -> NDArray[np.float32]:
        """Cosines, n x m."""
        return np.asarray(unit(a) @ unit(b).T, np.float32)


def _line(what: str, size: str, began: float) -> str:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return f"| {what} | {size} | {time.perf_counter() - began:.1f} | {peak:.0f} |"


if __name__ == "__main__":
    main()
