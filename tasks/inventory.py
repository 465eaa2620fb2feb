"""List the source folders that lie outside data/sources, so that DVC sees when they change.

`selfie2anime refresh` runs it before the stages; who uses `dvc repro` alone runs `python -m tasks.inventory` first.
"""

import csv
from io import StringIO
from pathlib import Path

from tasks.core import manifest, params
from tasks.core.errors import UserError
from tasks.core.stage import log, start
from tasks.ingest import SOURCES, Params, files_in

LIST = SOURCES / "inventory.csv"


def main() -> None:
    """Write data/sources/inventory.csv; without outside folders there is none."""
    given = params.load("ingest", Params)
    outside = [Path(s.path) for s in given.sources if s.kind == "folder" and not inside(Path(s.path))]
    text = inventory(outside)
    if not outside:
        LIST.unlink(missing_ok=True)
    elif not LIST.is_file() or LIST.read_text() != text:
        with manifest.whole(LIST) as part:
            part.write_text(text)
    log.info("inventory: %d folders outside %s", len(outside), SOURCES)


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
