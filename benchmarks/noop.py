"""What nothing costs: a `dvc repro` with nothing to do over a million pictures: `python -m benchmarks.noop`.

The pictures are synthetic, a few hundred bytes each, and come in archives. Beside them: the same number of bytes as
loose files, of which fewer are made and the rest is said by proportion.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from PIL import Image as Pil

from tasks.bench import machine
from tasks.core import manifest
from tasks.core.stage import log, start

ROOT, OUT = Path(__file__).parents[1], Path("reports/benchmarks/noop.md")
MEMBERS = 50_000  # pictures in an archive
SIDE = 8  # pixels


def main() -> None:
    """Build both projects, run them once, time the second run."""
    line = argparse.ArgumentParser(description=__doc__)
    line.add_argument("--count", type=int, default=1_000_000)
    line.add_argument("--loose", type=int, default=50_000)
    line.add_argument("--scratch", type=Path)
    given = line.parse_args()
    rows = []
    for kind, count in (("archives", given.count), ("loose files", given.loose)):
        with tempfile.TemporaryDirectory(dir=given.scratch) as folder:
            project(Path(folder), kind, count)
            rows.append((kind, count, repro(Path(folder)), repro(Path(folder))))
            log.info("%s", rows[-1])
    with manifest.whole(OUT) as part:
        part.write_text(report(rows))


def project(folder: Path, kind: str, count: int) -> None:
    """A project of two stages, ingest and dedupe, whose one batch or batches hold `count` pictures."""
    place = folder / "data/sources/many"
    place.mkdir(parents=True)
    if kind == "archives":
        sources = [
            archive(place / f"{first:07d}.zip", first, min(first + MEMBERS, count))
            for first in range(0, count, MEMBERS)
        ]
    else:
        for number in range(count):
            (place / f"{number:07d}.png").write_bytes(picture(number))
        sources = [{"kind": "folder", "path": str(place.relative_to(folder)), "role": "photo"}]
    given: dict[str, Any] = yaml.safe_load((ROOT / "params.yaml").read_text())
    given["ingest"]["sources"] = sources
    (folder / "params.yaml").write_text(yaml.safe_dump(given))
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
    (folder / "dvc.yaml").write_text(yaml.safe_dump({"stages": {name: stages[name] for name in ("ingest", "dedupe")}}))
    (folder / "tasks").symlink_to(ROOT / "tasks")
    for command in (["git", "init", "-q"], ["dvc", "init", "-q"]):
        subprocess.run(command, cwd=folder, check=True)


def archive(path: Path, first: int, last: int) -> dict[str, str]:
    """A zip of the pictures number `first` to `last`, as a source."""
    with zipfile.ZipFile(path, "w") as file:
        for number in range(first, last):
            file.writestr(f"{number:07d}.png", picture(number))
    return {"kind": "archive", "path": str(Path(*path.parts[-4:])), "role": "photo"}


def picture(number: int) -> bytes:
    """A PNG of noise that no other number gives."""
    file = BytesIO()
    noise = np.random.default_rng(number).integers(0, 256, (SIDE, SIDE, 3), np.uint8)
    Pil.fromarray(noise).save(file, "PNG")
    return file.getvalue()


def repro(folder: Path) -> float:
    """Seconds of `dvc repro`; ends this program when it fails."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "DVC_NO_ANALYTICS": "1"}
    began = time.perf_counter()
    done = subprocess.run(["dvc", "repro"], cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"dvc repro failed in {folder}:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return time.perf_counter() - began


def report(rows: list[tuple[str, int, float, float]]) -> str:
    """Markdown: what the first and the second run took."""
    lines = ["# A `dvc repro` with nothing to do\n", f"{machine()}\n",
             "Stages ingest and dedupe over synthetic pictures of a few hundred bytes.\n",
             "| source | pictures | first run, s | nothing to do, s | for a million, s |",
             "|---|---|---|---|---|"]  # fmt: skip
    for kind, count, first, second in rows:
        lines.append(f"| {kind} | {count:,} | {first:.0f} | {second:.1f} | {second * 1e6 / count:.1f} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    start(main)
