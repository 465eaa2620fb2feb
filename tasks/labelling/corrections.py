"""What people say of a face: the lines of a CSV with the columns image, attribute, value, and whom they are about.

`image` is a face_id, the id of a picture (all its faces), or a file's name in a batch. Ids may outlive their picture;
a name that is in no batch may as well be mistyped, so it is an error.
"""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from tasks.core import manifest, spreadsheet
from tasks.core.errors import UserError, nearest, require
from tasks.core.spreadsheet import is_id
from tasks.labelling import attributes


@dataclass(frozen=True)
class Correction:
    """One line."""

    image: str
    attribute: str
    value: str


COLUMNS = [field.name for field in fields(Correction)]


def read(path: Path) -> list[Correction]:
    """The lines of the file, none when it is missing; UserError for the first bad line. Further columns are let be."""
    if not path.is_file():
        return []
    found = []
    for number, line in enumerate(spreadsheet.lines(path), 2):
        values = [(line.get(column) or "").strip() for column in COLUMNS]
        if not all(values):
            raise UserError(f"{path} line {number} is {line}; it needs the columns {', '.join(COLUMNS)}")
        fault = attributes.fault(values[1], values[2])
        require(fault is None, f"{path} line {number}: {fault}")
        found.append(Correction(*values))
    return found


def merge(path: Path, new: Iterable[Correction]) -> None:
    """Put the lines into the file, each in place of the old one about the same image and attribute or at its end.

    Further columns stay as they are; the file is whole or as it was.
    """
    rows = spreadsheet.lines(path) if path.is_file() else []
    merged = {(row["image"].strip(), row["attribute"].strip()): row for row in rows}
    for line in new:
        merged.setdefault((line.image, line.attribute), {}).update(vars(line))
    text = io.StringIO()
    columns = dict.fromkeys([*COLUMNS, *(name for row in rows for name in row if name)])
    writer = csv.DictWriter(text, list(columns), extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(merged.values())
    with manifest.whole(path) as part:
        part.write_text(text.getvalue(), encoding="utf-8")


def by_face(
    lines: Iterable[Correction], ids: Mapping[str, str], faces: Iterable[str]
) -> tuple[dict[str, dict[str, str]], int]:
    """face_id -> attribute -> value, and the number of lines about pictures that are not, or no longer, there.

    `ids` are the pictures' ids by file name. What is said of a face wins over what is said of its picture; of two
    lines the later one. Raises UserError for a name that is in no batch.
    """
    of_picture: dict[str, list[str]] = {}
    for face in faces:
        of_picture.setdefault(face.partition("-")[0], []).append(face)
    told: dict[str, dict[str, str]] = {}
    unused = 0
    for line in sorted(lines, key=lambda line: "-" in line.image and is_id(line.image)):
        picture, _, number = _id_of(line, ids).partition("-")
        about = [face for face in of_picture.get(picture, []) if not number or face == f"{picture}-{number}"]
        unused += not about
        for face in about:
            told.setdefault(face, {})[line.attribute] = line.value
    return told, unused


def _id_of(line: Correction, ids: Mapping[str, str]) -> str:
    if is_id(line.image):
        return line.image
    if line.image not in ids:
        remedy = "give the name of a file in a batch, or an id, which may outlive its picture"
        raise UserError(f"labels.csv: image {line.image!r} is in no batch; {nearest_name(line.image, ids)}{remedy}")
    return ids[line.image]


def nearest_name(name: str, ids: Mapping[str, str]) -> str:
    """'did you mean X? ' where a name is close; never the list of all names."""
    close = nearest(name, list(ids))
    return f"{close} " if close.startswith("did") else ""
