"""The whole way of a photo to a stored drawing, part by part: `python -m benchmarks.stylise`.

A JPEG is decoded, its face found, cut out at 512 x 512 and drawn, every step after the generator done, the drawing
encoded: with each generator, file and runtime that is at hand, beside plain torch. Each way has a process of its own,
whose peak memory is what the system counted. Then the stage draws many faces, beside its generator alone.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from benchmarks.bulk import bulk
from tasks.after.steps import Steps
from tasks.bench import machine
from tasks.core import image, manifest
from tasks.core.image import Image
from tasks.deploy.runtimes import CPU, OPENVINO, present
from tasks.faces import finder, geometry
from tasks.faces.finder import Settings
from tasks.faces.upright import detect_upright
from tasks.styles import portrait
from tasks.styles.draft import Draft
from tasks.styles.stylizer import Stylizer

OUT = Path("reports/benchmarks/stylise.md")
SIDE, THREADS, ROUNDS = 512, 2, 7
FEWEST, MOST, WORK = 40, 400, 20.0  # faces in bulk: about so many seconds of the generator, as workers are worth then
PHOTO = 768  # pixels of the photo's side
TORCH = "torch eager"
STEPS = Steps(lens=1, hair=1, denoise=12, colour=0.3, sharpen=0.5)
PARTS = ("decode", "detect", "align", "stylise", "after-steps", "encode")
WIDTHS = {"generator.safetensors": "FP32", "generator.onnx": "FP32", "generator.int8.onnx": "INT8"}


class Way(NamedTuple):
    """One generator's file under one runtime, and what it took."""

    generator: str
    runtime: str
    file: Path
    seconds: dict[str, float]  # medians by part, and of all parts together as "all"
    megabytes: float


def main() -> None:
    """Time every way and write the tables."""
    line = argparse.ArgumentParser(description=__doc__)
    line.add_argument("--generators", type=Path, nargs="+", default=[Path("data/finetune"), Path("data/student")])
    line.add_argument("--align", type=Path, default=Path("data/align"), help="where the faces come from")
    line.add_argument("--child", nargs=2, metavar=("FILE", "RUNTIME"), help="one way alone, to stdout")
    line.add_argument("--bulk", nargs=3, metavar=("FILE", "RUNTIME", "FACES"), help="the stage's way alone, to stdout")
    given = line.parse_args()
    if given.child:
        print(json.dumps(child(Path(given.child[0]), given.child[1], given.align)))
    elif given.bulk:
        print(json.dumps(bulk(Path(given.bulk[0]), given.bulk[1], given.align, SIDE, int(given.bulk[2]))))
    else:
        with manifest.whole(OUT) as part:
            part.write_text(report(given.generators, given.align))
        print(OUT.read_text())


def report(folders: list[Path], align: Path) -> str:
    """Markdown: both tables."""
    ways = [way(file, runtime, align) for folder in folders for file, runtime in combinations(folder)]
    peer = f" OpenVINO {version(OPENVINO)}." if OPENVINO in present() else " OpenVINO is not installed."
    head = f"# From a photo to a stored drawing of {SIDE} x {SIDE}, {THREADS} threads"
    return "\n\n".join([head, machine() + peer, table(ways), notes(), "## In bulk", bulk_table(ways, align)]) + "\n"


def combinations(folder: Path) -> list[tuple[Path, str]]:
    """Every file of a generator with every runtime that draws with it here."""
    runtimes = [name for name in (CPU, OPENVINO) if name in present()]
    files = [folder / name for name in WIDTHS if name.endswith(".onnx") and (folder / name).is_file()]
    return [(folder / "generator.safetensors", TORCH), *((file, name) for file in files for name in runtimes)]


def way(file: Path, runtime: str, align: Path) -> Way:
    """One way, by a process of its own."""
    found = own_process("--child", file, runtime, align)
    return Way(generator_of(file), runtime, file, found["seconds"], found["megabytes"])


def own_process(task: str, file: Path, runtime: str, align: Path, *more: object) -> dict[str, Any]:
    """What this program prints of a task in a process of its own; ends this one when that fails."""
    line = [
        sys.executable,
        "-m",
        "benchmarks.stylise",
        task,
        str(file),
        runtime,
        *map(str, more),
        "--align",
        str(align),
    ]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{file} under {runtime} failed:\n{done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def generator_of(file: Path) -> str:
    """The architecture that the card beside the file names."""
    told: str = json.loads((file.parent / "card.json").read_text())["architecture"]
    return told.split(" (")[0]


def child(file: Path, runtime: str, align: Path) -> dict[str, object]:
    """Medians of the parts in seconds over ROUNDS, after a round to warm up, and peak megabytes (2^20 bytes)."""
    draw, photo, settings = drawing(file, runtime), photo_of(align), Settings()
    rounds = [timed(photo, draw, settings) for _ in range(ROUNDS + 1)][1:]
    seconds = {part: median(one[part] for one in rounds) for part in PARTS}
    seconds["all"] = median(sum(one.values()) for one in rounds)
    return {"seconds": seconds, "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def timed(data: bytes, draw: Callable[[Image], Image], settings: Settings) -> dict[str, float]:
    """Seconds of each part of the whole way."""
    marks = [time.perf_counter()]

    def done() -> None:
        marks.append(time.perf_counter())

    photo = image.decode(data)
    done()
    faces, quarter = detect_upright(photo, finder.opened(settings))
    done()
    photo, faces = portrait.righted(photo, faces, quarter)
    spot = portrait.spot(photo, faces[0], geometry.resized(1.0), SIDE, settings.margin)
    crop = geometry.warp(photo, spot.matrix, spot.size)
    done()
    drawn = draw(crop)
    done()
    finished = Draft(crop, drawn, geometry.transform(spot.matrix, spot.marks)).finished(STEPS)
    done()
    image.encode(finished, "webp", 92)
    done()
    return {part: after - before for part, (before, after) in zip(PARTS, pairwise(marks), strict=True)}


def drawing(file: Path, runtime: str) -> Callable[[Image], Image]:
    """What draws a picture: a session, or the plain network."""
    if runtime != TORCH:
        return Stylizer(file, threads=THREADS, runtime=runtime).run
    import torch  # for this way alone: it would be in the memory of all

    from benchmarks.tiling import FullFrame

    torch.set_num_threads(THREADS)
    return FullFrame(file).run


def photo_of(align: Path) -> bytes:
    """The first aligned photo, enlarged, as a JPEG of PHOTO x PHOTO."""
    for shard in sorted(align.glob("*.parquet")):
        for row in manifest.read(shard, manifest.ALIGN, ["role", "image"]).to_pylist():
            if row["role"] == "photo":
                photo = image.resize(image.decode_own(row["image"]["bytes"]), PHOTO, PHOTO)
                return image.encode(photo, "jpeg", 92)
    sys.exit(f"{align} holds no aligned photo; run the flow first, or name another folder with --align")


def table(ways: list[Way]) -> str:
    """A row for each way, milliseconds by part."""
    lines = [f"| generator | runtime | width | {' | '.join(PARTS)} | all, ms | peak, MiB |"]
    lines.append("|" + "---|" * (len(PARTS) + 5))
    for one in ways:
        parts = " | ".join(f"{one.seconds[part] * 1000:.0f}" for part in (*PARTS, "all"))
        lines.append(f"| {one.generator} | {one.runtime} | {WIDTHS[one.file.name]} | {parts} | {one.megabytes:.0f} |")
    return "\n".join(lines)


def notes() -> str:
    """What the table cannot say."""
    on = ", ".join(name for name, value in vars(STEPS).items() if value and name != "strength")
    return (
        f"Medians of {ROUNDS} rounds after one to warm up; the face by the default backend in a JPEG of {PHOTO} px; "
        f"steps: {on}; WebP of quality 92. The peak is that of the whole process, detector and start-up included."
    )


def bulk_table(ways: list[Way], align: Path) -> str:
    """For each generator's fastest way: the stage over many faces beside the generator alone on the same cores."""
    told = "The stage over many aligned faces (read, draw, keep, finish, store), beside its generator alone"
    lines = [f"{told} over the same faces, by the same worker processes with one thread each.", ""]
    columns = ["generator", "runtime", "width", "faces", "generator alone, s", "stage, s", "times"]
    lines += ["| " + " | ".join(columns) + " |", "|---" * len(columns) + "|"]
    for name in dict.fromkeys(one.generator for one in ways):
        of_files = [one for one in ways if one.generator == name and one.runtime != TORCH]
        best = min(of_files, key=lambda one: one.seconds["all"])
        faces = min(max(FEWEST, round(WORK / best.seconds["stylise"])), MOST)
        found = own_process("--bulk", best.file, best.runtime, align, faces)
        alone, stage = found["alone"], found["stage"]
        width = WIDTHS[best.file.name]
        cells = (name, best.runtime, width, faces, f"{alone:.2f}", f"{stage:.2f}", f"{stage / alone:.2f}")
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
