"""The least certain labels as a contact sheet to correct by hand, and the way back of what was corrected.

Run as `selfie2anime label-sheet`. The sheet is a page that opens offline and a CSV of the same labels; either gives the
CSV that `--apply` merges into data/sources/labels.csv, from where the stage `label` takes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from tasks import label
from tasks.core import manifest
from tasks.core.errors import nearest, require
from tasks.core.manifest import ATTRIBUTES
from tasks.labelling import corrections
from tasks.labelling.attributes import UNKNOWN, VALUES
from tasks.labelling.corrections import Correction
from tasks.pages.contact_sheet import Card, Doubt, csv_text, render

ROLES = ("photo", "anime")
PAGE, TABLE = Path("data/label-sheet/index.html"), Path("data/label-sheet/labels.csv")
MANY = 2000  # labels on one page; pictures are inside it


@dataclass(frozen=True)
class Choice:
    """Which labels to show: of one attribute or of all, of photos, drawings or both, how many."""

    attribute: str | None = None
    role: str | None = None
    count: int = 120

    def __post_init__(self) -> None:
        for option, value, known in (("attribute", self.attribute, ATTRIBUTES), ("role", self.role, ROLES)):
            require(value is None or value in known, f"--{option} is {value!r}; {nearest(str(value), list(known))}")
        require(0 < self.count <= MANY, f"--count is {self.count}; use 1 to {MANY}")


def sheet(choice: Choice) -> tuple[Path, int]:
    """Write the page and the CSV; returns the page's path and the number of labels on it."""
    found = doubts(manifest.read(label.OUT, manifest.LABEL).to_pylist(), choice)
    require(bool(found), f"no label fits: attribute {choice.attribute or 'any'}, role {choice.role or 'any'}")
    by_face: dict[str, list[Doubt]] = {}
    for doubt in found:
        by_face.setdefault(doubt.image, []).append(doubt)
    shown = pictures(label.ALIGN, set(by_face))
    lacking = set(by_face) - set(shown)
    require(not lacking, f"{label.OUT} names {len(lacking)} faces that {label.ALIGN} lacks; `dvc repro label`")
    cards = [Card(face, shown[face], doubts_) for face, doubts_ in by_face.items()]
    for path, text in ((TABLE, csv_text(found)), (PAGE, render(cards))):
        with manifest.whole(path) as part:
            part.write_text(text, encoding="utf-8")
    return PAGE, len(found)


def doubts(rows: Sequence[dict[str, Any]], choice: Choice) -> list[Doubt]:
    """The least certain labels that no person gave, every attribute in turn.

    What is unknown is shown when its attribute is asked for by name: else it would be most of the sheet.
    """
    ranked = []
    for name in [choice.attribute] if choice.attribute else ATTRIBUTES:
        open_ = [row for row in rows if choice.role in (None, row["role"]) and _open(row, name, choice)]
        open_.sort(key=lambda row: (row[f"{name}_score"], row["face_id"]))
        ranked += [(rank, name, row) for rank, row in enumerate(open_[: choice.count])]
    ranked.sort(key=lambda entry: entry[:2])
    return [doubt(row, name) for _, name, row in ranked[: choice.count]]


def doubt(row: dict[str, Any], name: str) -> Doubt:
    """A label of a row of LABEL as something to be asked."""
    return Doubt(row["face_id"], name, row[name], row[f"{name}_score"], row[f"{name}_origin"], _values(name))


def _open(row: dict[str, Any], name: str, choice: Choice) -> bool:
    known = choice.attribute is not None or row[name] != UNKNOWN[0]
    return bool(known and row[f"{name}_origin"] != label.PERSON)


def _values(name: str) -> tuple[str, ...]:
    return (*VALUES[name], UNKNOWN[0])


def pictures(folder: Path, faces: set[str]) -> dict[str, bytes]:
    """The aligned crops of these faces; only the shards that hold one are read."""
    found: dict[str, bytes] = {}
    for shard in manifest.shards(folder):
        if faces.isdisjoint(manifest.read(shard, manifest.ALIGN, ["face_id"])["face_id"].to_pylist()):
            continue
        table = pq.read_table(shard, columns=["face_id", "image"], filters=[("face_id", "in", faces)])
        found |= {row["face_id"]: row["image"]["bytes"] for row in table.to_pylist()}
    return found


def apply(edited: Path) -> int:
    """Merge the changed lines of an edited sheet into data/sources/labels.csv; returns how many there were.

    Raises UserError, and writes nothing, for a file that is missing, a value that is unknown or a face that is not in
    data/label.parquet.
    """
    require(edited.is_file(), f"--apply {edited} is no file; `selfie2anime label-sheet` writes {TABLE}")
    lines, before = corrections.read(edited), corrections.read(label.CORRECTIONS)
    rows = {row["face_id"]: row for row in manifest.read(label.OUT, manifest.LABEL).to_pylist()}
    ids = label.names([*lines, *before])
    told, unused = corrections.by_face(lines, ids, rows)
    require(not unused, f"{edited}: {unused} lines are about no face of {label.OUT}; make a new sheet")
    said, _ = corrections.by_face(before, ids, rows)  # what a refresh has still to take in counts as well
    changed = [
        Correction(face, name, value)
        for face, values in told.items()
        for name, value in values.items()
        if value != said.get(face, {}).get(name, rows[face][name])
    ]
    if changed:
        corrections.merge(label.CORRECTIONS, changed)
    return len(changed)
