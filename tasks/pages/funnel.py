"""Where the collection went: every stage's counts and reasons, with some of the pictures that each reason took."""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tasks.core import image, manifest
from tasks.core.pictures import Pictures
from tasks.pages.picture import THUMB, embedded

STAGES = ("ingest", "dedupe", "quality", "align", "label", "pair", "finetune", "student", "stylize", "evaluate")
UNITS = {"align": "faces", "label": "faces", "pair": "photos", "finetune": "pairs", "student": "photos",
         "stylize": "faces", "evaluate": "held-out faces"}  # fmt: skip
SHOWN = 6  # pictures per reason
# Every reason as the stages name it, for a reader.
WORDS = {
    "empty": "an empty file",
    "not_an_image": "not an image",
    "unreadable": "not a readable image",
    "unsupported": "HEIC, and pillow-heif is not installed",
    "too_large": "too many pixels to unpack",
    "too_many_bytes": "too large a file",
    "not_a_file": "a link or a device, not a file",
    "same_name": "an archive's second entry under one name",
    "bad_name": "a name too long, or with characters that cannot be shown",
    "unsafe_path": "a name that leads out of its folder",
    "nested_archive": "an archive inside the source",
    "broken_archive": "an archive that breaks off",
    "zip_bomb": "would unpack to far more than it holds",
    "encrypted": "behind a password",
    "unreachable": "not reached on the web, asked again on another day",
    "not_found": "gone from the web",
    "opted_out": "its owner forbids machines to learn from it",
    "licence": "under a licence that the policy refuses",
    "no_consent": "without a record of consent",
    "consent_expired": "its consent has ended",
    "purpose": "its consent is for another purpose",
    "same_file": "the same file again",
    "exact_duplicate": "the same picture again",
    "near_duplicate": "nearly the same picture",
    "small": "too few pixels",
    "compressed": "compressed too hard",
    "dark": "too dark",
    "bright": "too bright",
    "flat": "too little contrast",
    "blurred": "blurred",
    "no_face": "no face found",
    "many_faces": "more than one face",
    "face_small": "the face is too small",
    "tilted": "the head is tilted too far",
    "turned": "the head is turned too far",
    "nodding": "the head looks too far up or down",
    "cut": "the head is cut off by the border",
    "covered": "something covers the face",
    "drawing_among_photos": "a drawing among the photos",
    "photo_among_drawings": "a photo among the drawings",
    "two_roles": "came as a photo and as a drawing, and looks like the other",
    "off_style": "far from the style of the other drawings",
    "not_aligned": "its face could not be aligned",
    "to_review": "has candidates, waits for a review",
    "no_pair": "fits nothing, is in no pair",
    "all_rejected": "all its pairs were rejected",
    "between_splits": "joins people of two splits",
    "held_out": "held out to validate the training",
    "undrawable": "could not be drawn",
    "narrow": "too narrow to be drawn",
    "unencodable": "too large a drawing for its file format",
    "lost_face": "no longer a face",
    "deformed": "features moved too far",
    "other_person": "not recognised as the same person",
}


@dataclass(frozen=True)
class Reject:
    """A picture that a reason took: its address in the page (empty where it cannot be shown) and what was measured."""

    picture: str
    note: str


@dataclass(frozen=True)
class Reason:
    """Why pictures left, how many, and some of them."""

    name: str
    words: str
    count: int
    rejects: list[Reject]


@dataclass(frozen=True)
class Step:
    """One stage: what came in, what went on, and why the rest did not."""

    stage: str
    unit: str
    taken: int
    kept: int
    reasons: list[Reason]


def funnel(reports: Path, data: Path) -> list[Step]:
    """All stages that have reported, in the order of the pipeline."""
    found = {stage: read(reports / f"{stage}.json") for stage in STAGES}
    rejects = pictures(rejected(data), data / "ingest")
    return [step(stage, report, rejects) for stage, report in found.items() if report]


def step(stage: str, report: dict[str, Any], rejects: dict[tuple[str, str], list[Reject]]) -> Step:
    """A stage's report as a Step, the commonest reason first."""
    counts = sorted(report.get("reasons", {}).items(), key=lambda item: (-item[1], item[0]))
    reasons = [
        Reason(name, WORDS.get(name, name.replace("_", " ")), count, rejects.get((stage, name), []))
        for name, count in counts
        if count
    ]
    return Step(stage, UNITS.get(stage, "pictures"), report.get("in", 0), report.get("kept", 0), reasons)


def read(path: Path) -> dict[str, Any]:
    """A stage's report; empty where it has none yet."""
    content = json.loads(path.read_text()) if path.is_file() else {}
    return content if isinstance(content, dict) else {}


def rejected(data: Path) -> dict[tuple[str, str], list[tuple[str, str]]]:
    """(stage, reason) -> the first few (id, note) that it took."""
    taken: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for stage, table in _tables(data):
        for row in table.filter(pc.is_valid(table["reason"])).sort_by("id").to_pylist():
            chosen = taken[stage, row["reason"]]
            if len(chosen) < SHOWN:
                chosen.append((row["id"], note(row)))
    return taken


def pictures(taken: dict[tuple[str, str], list[tuple[str, str]]], ingest: Path) -> dict[tuple[str, str], list[Reject]]:
    """The same with the pictures themselves, read from the ingest shards."""
    stored = Pictures(ingest, manifest.INGEST, "id")
    wanted = stored.in_order(name for rows in taken.values() for name, _ in rows)
    found = {name: thumbnail(data) for name in wanted if (data := stored.read(name))}
    return {key: [Reject(found.get(name, ""), said) for name, said in rows] for key, rows in taken.items()}


def thumbnail(data: bytes, side: int = THUMB) -> str:
    """A small picture of the file, or nothing where it cannot be decoded: that may be why it was rejected."""
    try:
        return embedded(image.decode(data), side)
    except (OSError, ValueError):
        return ""


def note(row: Mapping[str, Any]) -> str:
    """What was measured, beside its limit where there is one."""
    value, limit = row.get("value"), row.get("limit")
    if value is not None and limit is not None:
        return f"{value:.3g} {'<' if value < limit else '>'} {limit:.3g}"
    if row.get("duplicate_of"):
        return f"like {row['duplicate_of'][:8]}"
    return str(row.get("detail") or "")


def _tables(data: Path) -> list[tuple[str, pa.Table]]:
    tables = [("ingest", manifest.read_all(data / "ingest", manifest.INGEST, ["id", "reason", "detail"]))]
    if (data / "dedupe.parquet").is_file():
        tables.append(("dedupe", manifest.read(data / "dedupe.parquet", manifest.DEDUPE)))
    if (data / "quality.parquet").is_file():
        tables.append(("quality", manifest.read(data / "quality.parquet", manifest.QUALITY)))
    return tables
