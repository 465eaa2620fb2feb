"""Which pairs or faces leave the project, with what is known of each: labels, licence, consent, split.

Where a batch lay on this machine, and who reviewed a pair, stays here.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from tasks.core import manifest
from tasks.core.errors import require
from tasks.core.manifest import ATTRIBUTES
from tasks.core.splits import SPLITS
from tasks.faces.age import UNKNOWN, age_band
from tasks.reviewing.opinions import unsigned

RECORD = ("batch", "url", "licence", "author", "consent", "purpose", "given", "expires")
ANGLES = ("yaw", "pitch", "roll")
MEASURES = (*ANGLES, "eyes_open", "mouth_open")
PAIR_FACTS = ("pair_id", "person", "split", "method", "score", "rank", "status", "reasons", "teacher")
Row = dict[str, Any]


@dataclass(frozen=True)
class Rules:
    """What is taken: empty `licences` allow any; a consent must hold on the day `on` (ISO date)."""

    splits: tuple[str, ...] = SPLITS
    statuses: tuple[str, ...] = ("accepted",)
    licences: tuple[str, ...] = ()
    on: str = ""

    def fault(self, records: Iterable[Row]) -> str | None:
        """The reason why a thing made of these pictures stays at home; None where it may go."""
        for record in records:
            if self.licences and record["licence"] not in self.licences:
                return "licence"
            if self.on and record["expires"] and record["expires"] < self.on:
                return "consent_expired"
        return None


@dataclass(frozen=True)
class Item:
    """A pair or a face: `pictures` are (folder of shards, face_id) by column; `facts` what is known, by column."""

    name: str
    split: str
    pictures: Mapping[str, tuple[str, str]]
    facts: Row


@dataclass(frozen=True)
class Selection:
    """What is exported, and how many stayed at home by reason."""

    what: str  # pairs | faces
    items: tuple[Item, ...]
    left_out: Mapping[str, int] = field(default_factory=dict)

    @property
    def roles(self) -> tuple[str, ...]:
        """The picture columns."""
        return ("photo", "anime") if self.what == "pairs" else ("image",)

    def schema(self) -> pa.Schema:
        """The columns of `facts` in order, with their Arrow types."""
        return pair_schema() if self.what == "pairs" else face_schema()


def face_schema() -> pa.Schema:
    """The facts of a face."""
    labels = [pa.field(name, manifest.LABEL.field(name).type) for name in label_columns(origins=True)]
    text = ("face_id", "id", "role", "subject", "person", "split", *RECORD)
    return pa.schema([*[pa.field(name, pa.string()) for name in text], *labels])


def pair_schema() -> pa.Schema:
    """The facts of a pair: its own, then those of its photo and of its drawing."""
    own = [manifest.PAIR.field(name) for name in PAIR_FACTS]
    sides = [
        pa.field(f"{role}_{name}", _type(name))
        for role in ("photo", "anime")
        for name in ("face_id", *RECORD, *label_columns(origins=False))
    ]
    return pa.schema([*own, *sides])


def label_columns(origins: bool) -> list[str]:
    """Measures, then each attribute with its score, and its origin where that is wanted."""
    suffixes = ("", "_score", "_origin") if origins else ("", "_score")
    return [*MEASURES, *[name + suffix for name in ATTRIBUTES for suffix in suffixes]]


def faces_of(data: Path) -> dict[str, Row]:
    """face_id -> the facts of every aligned face, split and person not yet among them.

    Raises UserError for a face whose picture is no longer let in: after a consent was withdrawn, the crop may be left.
    """
    kept = manifest.read_all(data / "ingest", manifest.INGEST, ["id", "reason", *RECORD]).to_pylist()
    records = {(row["id"], row["batch"]): row for row in reversed(kept) if row["reason"] is None}
    labels = {row["face_id"]: row for row in manifest.read(data / "label.parquet", manifest.LABEL).to_pylist()}
    faces = manifest.read_all(data / "align", manifest.ALIGN, ["face_id", "id", "role", "batch", "subject", *ANGLES])
    gone = {face for face, *key in zip(*(faces[name].to_pylist() for name in ("face_id", "id", "batch")), strict=True)
            if tuple(key) not in records}  # fmt: skip
    require(
        not gone, f"data/align has {len(gone)} faces of pictures that data/ingest does not let in; `dvc repro pair`"
    )
    blank = dict.fromkeys(face_schema().names)
    columns = label_columns(origins=True)
    return {
        face["face_id"]: blank
        | {name: records[face["id"], face["batch"]][name] for name in RECORD}
        | face
        | {name: labels[face["face_id"]][name] for name in columns if face["face_id"] in labels}
        for face in faces.to_pylist()
    }


def pairs(faces: Mapping[str, Row], rows: Iterable[Row], rules: Rules) -> Selection:
    """The pairs that the rules let go, in the order of their photos among the faces."""
    wanted = [row for row in rows if row["split"] in rules.splits and row["status"] in rules.statuses]
    place = {face: number for number, face in enumerate(faces)}
    wanted.sort(key=lambda row: (SPLITS.index(row["split"]), place[row["photo"]], row["pair_id"]))
    items, left = [], Counter[str]()
    for row in wanted:
        sides = {"photo": faces[row["photo"]], "anime": drawing(row, faces)}
        fault = rules.fault(sides.values())
        left.update([fault] if fault else [])
        if fault is None:
            items.append(_pair(row, sides))
    return Selection("pairs", tuple(items), dict(sorted(left.items())))


def drawing(pair: Row, faces: Mapping[str, Row]) -> Row:
    """The facts of the pair's drawing; a teacher's picture has the record of the photo that it was drawn from."""
    if pair["anime"]:
        return faces[pair["anime"]]
    photo = faces[pair["photo"]]
    return dict.fromkeys(photo) | {name: photo[name] for name in RECORD}


def single(faces: Mapping[str, Row], rows: Iterable[Row], rules: Rules) -> Selection:
    """The faces that the rules let go; a photo whose person no pair tells has no split and stays at home."""
    sides = split_of_faces(faces, list(rows))
    items, left = [], Counter[str]()
    for name, face in faces.items():
        person, split = sides.get(name, (None, None))
        if split is not None and split not in rules.splits:
            continue
        fault = "no_split" if split is None else rules.fault([face])
        left.update([fault] if fault else [])
        if split is not None and fault is None:
            facts = face | {"person": person, "split": split}
            items.append(Item(name, split, {"image": ("align", name)}, facts))
    items.sort(key=lambda item: SPLITS.index(item.split))
    return Selection("faces", tuple(items), dict(sorted(left.items())))


def split_of_faces(faces: Mapping[str, Row], rows: list[Row]) -> dict[str, tuple[str | None, str]]:
    """face_id -> (person, split): photos have their person's.

    A drawing has the most held-out split of the photos that it is paired with or shows the subject of, else `train`:
    so no drawing in training shows what a held-out photo is compared with.
    """
    known: dict[str, tuple[str | None, str]] = {row["photo"]: (row["person"], row["split"]) for row in rows}
    subjects = {faces[name]["subject"]: split for name, (_, split) in known.items() if name in faces}
    held: dict[str, list[str]] = {}
    for row in rows:
        if row["anime"] and row["status"] != "rejected":
            held.setdefault(row["anime"], []).append(row["split"])
    for name, face in faces.items():
        if face["role"] == "anime":
            own = subjects.get(face["subject"]) if face["subject"] else None
            known[name] = (None, max([*held.get(name, []), own or "train"], key=SPLITS.index))
    return known


def told(facts: Row, name: str) -> str:
    """The value of a label; an age in years as its band, since nobody counts by the year."""
    value = facts[name] or UNKNOWN
    return age_band(value) if name == "age" else value


def _pair(row: Row, sides: Mapping[str, Row]) -> Item:
    facts = {name: row[name] for name in PAIR_FACTS} | {"reasons": unsigned(row["reasons"])}
    for role, face in sides.items():
        facts |= {f"{role}_{name}": face[name] for name in ("face_id", *RECORD, *label_columns(origins=False))}
    drawn = ("align", row["anime"]) if row["anime"] else ("teacher", row["photo"])
    return Item(row["pair_id"], row["split"], {"photo": ("align", row["photo"]), "anime": drawn}, facts)


def _type(name: str) -> pa.DataType:
    return manifest.LABEL.field(name).type if name in manifest.LABEL.names else pa.string()
