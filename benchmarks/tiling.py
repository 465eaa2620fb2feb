"""A picture drawn in tiles beside the full frame: time, memory, difference: `python -m benchmarks.tiling`.

Each drawing is made in a process of its own, whose peak memory is what the system counted, torch and all.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import torch

from tasks.bench import machine
from tasks.core import manifest
from tasks.core.image import Image
from tasks.nets import architectures
from tasks.styles.tiles import TILE, TiledStylizer

OUT = Path("reports/benchmarks/tiling.md")
THREADS, TILES, WHOLE = 2, (TILE, 256, 512), 0  # a tile of 0: the full frame


class Drawn(NamedTuple):
    """One drawing and what it took."""

    side: int
    tile: int
    seconds: float
    megabytes: float  # the process's peak
    drawing: Image


def main() -> None:
    """Draw each size in every way and write the table."""
    line = argparse.ArgumentParser(description=__doc__)
    line.add_argument("--weights", type=Path, default=Path("data/finetune/generator.safetensors"))
    line.add_argument("--sides", type=int, nargs="+", default=[512, 1024, 2048])
    line.add_argument("--child", type=int, nargs=2, metavar=("SIDE", "TILE"), help="one drawing, to --out")
    line.add_argument("--out", type=Path)
    given = line.parse_args()
    if given.child:
        side, tile = given.child
        print(json.dumps(child(given.weights, side, tile, given.out)))
        return
    with manifest.whole(OUT) as part:
        part.write_text(report(given.weights, [row for side in given.sides for row in rows(given.weights, side)]))
    print(OUT.read_text())


def child(weights: Path, side: int, tile: int, out: Path) -> dict[str, float]:
    """Draw one picture; gives seconds and peak megabytes (2^20 bytes)."""
    torch.set_num_threads(THREADS)
    draw = TiledStylizer(weights, tile).run if tile else FullFrame(weights).run
    picture = photo(side)
    began = time.perf_counter()
    drawing = draw(picture)
    seconds = time.perf_counter() - began
    np.save(out, drawing)
    return {"seconds": seconds, "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


class FullFrame:
    """The plain way: the whole network on the whole picture."""

    def __init__(self, weights: Path) -> None:
        net = architectures.load(architectures.recognised(weights), weights)
        self._net = net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def run(self, image: Image) -> Image:
        """The drawing."""
        with torch.inference_mode():
            drawing = self._net(torch.from_numpy(image).permute(2, 0, 1)[None].float() / 127.5 - 1)[0]
        levels = ((drawing + 1) * 127.5).round_().clamp_(0, 255).to(torch.uint8)
        return np.asarray(levels.permute(1, 2, 0).numpy())


def photo(side: int) -> Image:
    """Shapes of all sizes, brighter to the right, so that the statistics of tiles differ."""
    rng = np.random.default_rng(0)
    shapes = sum(
        cv2.resize(rng.uniform(0, 1, (n, n, 3)), (side, side), interpolation=cv2.INTER_CUBIC) for n in (4, 16, 64, 256)
    )
    return np.asarray(np.clip(shapes * 48 + np.linspace(0, 90, side)[:, None], 0, 255), np.uint8)


def rows(weights: Path, side: int) -> list[Drawn]:
    """The full frame and every tile."""
    return [drawn(weights, side, tile) for tile in (WHOLE, *TILES)]


def drawn(weights: Path, side: int, tile: int) -> Drawn:
    """One drawing by a process of its own; ends this program when that fails."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "drawing.npy"
        own = [sys.executable, "-m", "benchmarks.tiling", "--weights", str(weights), "--out", str(out)]
        done = subprocess.run([*own, "--child", str(side), str(tile)], capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"a drawing of {side} pixels failed:\n{done.stderr[-2000:]}")
        took = json.loads(done.stdout.splitlines()[-1])
        return Drawn(side, tile, took["seconds"], took["megabytes"], np.load(out))


def report(weights: Path, found: list[Drawn]) -> str:
    """Markdown: a row for each drawing, beside the full frame of its size."""
    whole = {row.side: row for row in found if row.tile == WHOLE}
    lines = [f"# A picture drawn in tiles, {THREADS} threads\n", f"{machine()}\n"]
    lines += [f"Generator: {architectures.TOLD[architectures.recognised(weights)]}, torch, FP32.\n"]
    lines += [
        "| side | tile | ms per megapixel | of the full frame | peak of the process, MiB | furthest, grey levels |"
    ]
    lines += ["|---|---|---|---|---|---|"]
    for row in found:
        speed, share = row.seconds * 1000 / (row.side**2 / 1e6), row.seconds / whole[row.side].seconds
        apart = np.abs(row.drawing.astype(int) - whole[row.side].drawing).max()
        name = f"{row.tile}" if row.tile else "full frame"
        lines.append(f"| {row.side} | {name} | {speed:.0f} | {share:.2f} | {row.megabytes:.0f} | {apart} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
