"""What each stage of the last run took, with machine and versions: reports/benchmarks/stages.md. Run by `make bench`.

Stages note their time as they end (tasks/core/stage.py); this puts the last note of each in a table.
"""

import json
import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tasks.core import manifest
from tasks.core.errors import UserError
from tasks.core.stage import TIMINGS, log, start

OUT, REPORTS = Path("reports/benchmarks/stages.md"), Path("reports")
PACKAGES = ("torch", "onnxruntime", "opencv-python", "dlib-bin", "pyarrow", "dvc", "prefect")
Note = dict[str, Any]


def main() -> None:
    """Write the table of the last run."""
    text = f"# Stages of the last run\n\n{machine()}\n\n{table(notes(TIMINGS), counts(REPORTS))}\n"
    with manifest.whole(OUT) as part:
        part.write_text(text)
    log.info("%s", text)


def notes(path: Path) -> dict[str, Note]:
    """The last note of each stage, in the order in which they ran."""
    if not path.is_file():
        raise UserError(f"{path} is missing; `selfie2anime run` notes there what each stage takes")
    last: dict[str, Note] = {}
    for line in path.read_text().splitlines():
        note = json.loads(line)
        last.pop(note["stage"], None)
        last[note["stage"]] = note
    return last


def counts(folder: Path) -> dict[str, int]:
    """How many rows each stage was given."""
    found = {path.stem: json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))}
    return {stage: int(report["in"]) for stage, report in found.items() if "in" in report}


def table(last: dict[str, Note], given: dict[str, int]) -> str:
    """Markdown: stage, rows, seconds, rows per second, peak memory of the stage's main process."""
    lines = ["| stage | rows | seconds | rows/s | peak memory, MB |", "|---|---|---|---|---|"]
    for stage, note in last.items():
        if stage in given:
            pace = given[stage] / max(note["seconds"], 0.01)
            lines.append(f"| {stage} | {given[stage]} | {note['seconds']:.1f} | {pace:.1f} | {note['peak_mb']} |")
    return "\n".join(lines)


def machine() -> str:
    """Processor, cores, memory and the versions that speed depends on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    cores = len(os.sched_getaffinity(0))
    return f"{platform.machine()}, {cores} cores, {memory:.0f} GiB; Python {platform.python_version()}, {packages}."


if __name__ == "__main__":
    start(main)
