"""What one percent more pictures costs: `python -m benchmarks.growth PHOTOS DRAWINGS`.

A collection of edits of the given pictures goes through the dataset stages; then one batch of 1 % is added and the
stages run again. The same collection from scratch and on one core, where no worker process starts, has to give the same
bytes. Start-up is what the stages take over the small batch alone when nothing is new: imports and models, whatever the
size.
"""

import argparse
import hashlib
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import yaml

from tasks.bench import machine
from tasks.core import manifest
from tasks.core.image import Image, decode, encode_jpeg, encode_png

ROOT, OUT = Path(__file__).parents[1], Path("reports/benchmarks/growth.md")
STAGES = ("ingest", "dedupe", "quality", "align", "label", "pair")
BATCH = 500  # pictures in a batch
SIDE = 256
Seconds = dict[str, float]


@dataclass(frozen=True)
class Cost:
    """CPU seconds by stage of the four runs that are compared."""

    full: Seconds
    grown: Seconds
    noop: Seconds
    startup: Seconds


def main() -> None:
    """Make the collection, run, compare, write the table."""
    given = arguments()
    with tempfile.TemporaryDirectory(dir=given.scratch) as folder:
        scratch = Path(folder)
        old, new = build(scratch / "pictures", given)
        grown, fresh, small = (scratch / name for name in ("grown", "fresh", "small"))
        full = run(grown, old, given.backend)
        more = run(grown, [*old, *new], given.backend)
        noop = run(grown, [*old, *new], given.backend)
        run(small, new, given.backend)
        cost = Cost(full, more, noop, run(small, new, given.backend))
        run(fresh, [*old, *new], given.backend, cores=1)
        alike = compare(grown, fresh)
    text = report(cost, given, alike)
    with manifest.whole(OUT) as part:
        part.write_text(text)
    print(text)


def arguments() -> argparse.Namespace:
    """The command line."""
    line = argparse.ArgumentParser(description=__doc__)
    line.add_argument("photos", type=Path, help="folder of photos with a face each")
    line.add_argument("drawings", type=Path, help="folder of drawings")
    line.add_argument("--count", type=int, default=5000, help="pictures in the collection before it grows")
    line.add_argument("--backend", default="dlib", help="who finds the faces")
    line.add_argument("--scratch", type=Path, help="where to put the collection and its data")
    return line.parse_args()


def build(folder: Path, given: argparse.Namespace) -> tuple[list[Path], list[Path]]:
    """The batches' folders: those of the start, and the one of 1 % more. A fifth are drawings."""
    anime = given.count // 5
    old = [*batches(folder, "photo", given.photos, 0, given.count - anime)]
    old += batches(folder, "anime", given.drawings, 0, anime)
    more = given.count // 100
    start = given.count - anime
    new = [*batches(folder, "photo", given.photos, start, start + more - more // 5, "more-")]
    new += batches(folder, "anime", given.drawings, anime, anime + more // 5, "more-")
    return old, new


def batches(folder: Path, role: str, pictures: Path, first: int, last: int, prefix: str = "") -> Iterator[Path]:
    """Folders of edits number `first` to `last`."""
    files = sorted(path for path in pictures.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    for start in range(first, last, BATCH):
        batch = folder / f"{prefix}{role}-{start // BATCH:03d}"
        batch.mkdir(parents=True)
        for number in range(start, min(start + BATCH, last)):
            drawn = edit(decode(files[number % len(files)].read_bytes()), number)
            data, suffix = (encode_jpeg(drawn, 92), "jpg") if role == "photo" else (encode_png(drawn), "png")
            (batch / f"{number:06d}.{suffix}").write_bytes(data)
        yield batch


def edit(picture: Image, seed: int) -> Image:
    """Another picture of the same face: turned, cut, lit and tinted by the seed."""
    dice = np.random.default_rng(seed)
    height, width = picture.shape[:2]
    turn, zoom = dice.uniform(-8, 8), dice.uniform(1, 1.12) * SIDE / min(height, width)
    matrix = np.asarray(cv2.getRotationMatrix2D((width / 2, height / 2), turn, zoom), np.float64)
    matrix[:, 2] += SIDE / 2 - np.array([width, height]) / 2 + dice.uniform(-8, 8, 2)
    flat = cv2.warpAffine(picture, matrix, (SIDE, SIDE), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REFLECT)
    if dice.random() < 0.5:
        flat = flat[:, ::-1]
    lit = (np.asarray(flat, np.float64) / 255) ** dice.uniform(0.85, 1.2) * dice.uniform(0.94, 1.06, 3)
    return np.asarray(np.clip(np.rint(lit * 255), 0, 255), np.uint8)


def run(project: Path, sources: list[Path], backend: str, cores: int | None = None) -> Seconds:
    """CPU seconds of every stage, children included, in a project over these batches."""
    project.mkdir(exist_ok=True)
    (project / "data/sources").mkdir(parents=True, exist_ok=True)
    (project / "params.yaml").write_text(yaml.safe_dump(settings(sources, backend)))
    return {stage: seconds(stage, project, cores) for stage in STAGES}


def settings(sources: list[Path], backend: str) -> dict[str, Any]:
    """params.yaml for 256-pixel pictures in these folders."""
    given: dict[str, Any] = yaml.safe_load((ROOT / "params.yaml").read_text())
    roles = {path: "anime" if "anime" in path.name else "photo" for path in sources}
    given["ingest"]["sources"] = [{"kind": "folder", "path": str(path), "role": role} for path, role in roles.items()]
    given["faces"] |= {"backend": backend, "margin": 0.75}
    given["quality"] |= {"min_side": SIDE, "min_side_anime": SIDE}
    return given


def seconds(stage: str, project: Path, cores: int | None) -> float:
    """CPU seconds of one stage; ends this program when the stage fails."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", f"tasks.{stage}"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    narrow = (lambda: os.sched_setaffinity(0, range(cores))) if cores else None
    done = subprocess.run(
        command, cwd=project, env=environment, preexec_fn=narrow, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{stage} failed in {project}:\n{done.stderr}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def compare(one: Path, other: Path) -> tuple[int, int]:
    """How many data files of the two projects are the same bytes, of how many."""
    names = sorted({path.relative_to(root) for root in (one, other) for path in (root / "data").rglob("*.*")})
    return sum(digest(one / name) == digest(other / name) != "" for name in names), len(names)


def digest(path: Path) -> str:
    """The file's sha256; empty where there is none."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def report(cost: Cost, given: argparse.Namespace, alike: tuple[int, int]) -> str:
    """Markdown: CPU seconds by stage, and the share of the full run that 1 % more costs beyond the start-up."""
    lines = [
        "# What one percent more costs\n",
        f"{machine()} Backend `{given.backend}`.\n",
        f"{given.count:,} pictures of {SIDE} pixels, then {given.count // 100} more. CPU seconds, all processes of a",
        "stage together. Start-up: the same stages with nothing new over a small collection.\n",
        "| stage | full | 1 % more | nothing new | start-up | 1 % more beyond start-up, share of full |",
        "|---|---|---|---|---|---|",
    ]
    for stage in STAGES:
        lines.append(row(stage, *(part[stage] for part in (cost.full, cost.grown, cost.noop, cost.startup))))
    lines.append(row("**all**", *(sum(part.values()) for part in (cost.full, cost.grown, cost.noop, cost.startup))))
    same, files = alike
    cores = len(os.sched_getaffinity(0))
    lines.append(f"\nGrown on {cores} cores, and from scratch on one: {same} of {files} files are the same bytes.\n")
    return "\n".join(lines)


def row(name: str, full: float, grown: float, noop: float, startup: float) -> str:
    """One line of the table."""
    told = f"{(grown - startup) / (full - startup):.1%}" if full > startup else "nothing beyond start-up"
    return f"| {name} | {full:.1f} | {grown:.1f} | {noop:.1f} | {startup:.1f} | {told} |"


if __name__ == "__main__":
    main()
