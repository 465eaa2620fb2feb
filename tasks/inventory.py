"""Before any stage runs: every section of params.yaml holds what its stage knows, and outside folders are listed.

A mistake in the last stage's section is so found before the first stage has written a byte. Source folders outside
data/sources are listed in a file there, so that DVC sees when they change. The flows run this first; who uses `dvc
repro` alone runs `python -m tasks.inventory`.
"""

import csv
from io import StringIO
from pathlib import Path

from tasks import align, dedupe, evaluate, ingest, label, pair, quality, stylize
from tasks.core import manifest, params
from tasks.core.errors import UserError, nearest
from tasks.core.stage import log, start
from tasks.faces.finder import Settings
from tasks.ingest import SOURCES, files_in
from tasks.nets.recipe import Recipe

LIST = SOURCES / "inventory.csv"
SECTIONS = {
    "faces": Settings,
    "ingest": ingest.Params,
    "dedupe": dedupe.Params,
    "quality": quality.Params,
    "align": align.Params,
    "label": label.Params,
    "pair": pair.Params,
    "finetune": Recipe,
    "stylize": stylize.Params,
    "evaluate": evaluate.Params,
}
ELSEWHERE = ("schedule",)  # read by `selfie2anime serve` alone


def main() -> None:
    """Check params.yaml; write data/sources/inventory.csv, or none without outside folders."""
    check()
    given = params.load("ingest", ingest.Params)
    for source in given.sources:
        ingest.check(source, given)
    outside = [Path(s.path) for s in given.sources if s.kind == "folder" and not inside(Path(s.path))]
    text = inventory(outside)
    if not outside:
        LIST.unlink(missing_ok=True)
    elif not LIST.is_file() or LIST.read_text() != text:
        with manifest.whole(LIST) as part:
            part.write_text(text)
    log.info("inventory: %d folders outside %s", len(outside), SOURCES)


def check() -> None:
    """Raise UserError for a section or a key that nobody reads, and for a value that its stage refuses."""
    known = [*SECTIONS, *ELSEWHERE]
    for section in params.read():
        if section not in known:
            raise UserError(f"params.yaml: section {section} is unknown; {nearest(str(section), known)}")
    for section, cls in SECTIONS.items():
        params.load(section, cls)


def inside(folder: Path) -> bool:
    """Whether DVC sees the folder as part of data/sources."""
    return folder.resolve().is_relative_to(SOURCES.resolve())


def inventory(folders: list[Path]) -> str:
    """CSV of folder, file, bytes and time of change in nanoseconds, sorted."""
    lines = StringIO()
    table = csv.writer(lines, lineterminator="\n")
    table.writerow(["folder", "file", "bytes", "changed_ns"])
    for folder in sorted(folders):
        if not folder.is_dir():
            raise UserError(f"params.yaml: ingest.sources path {str(folder)!r} is no folder; correct it or create it")
        for name in files_in(folder):
            facts = (folder / name).stat()
            table.writerow([folder, name, facts.st_size, facts.st_mtime_ns])
    return lines.getvalue()


if __name__ == "__main__":
    start(main)
