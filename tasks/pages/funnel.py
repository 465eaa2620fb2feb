"""Where the collection went: every stage's counts and reasons, with some of the pictures that each reason took."""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tasks.core import image, manifest
from tasks.core.pictures import Pictures
from tasks.pages.picture import THUMB, embedded
from tasks.surveying.reasons import SHOWN, WORDS, Reason, Reject, Step, note

STAGES = ("ingest", "dedupe", "quality", "align", "label", "pair", "finetune", "student", "stylize", "evaluate")
UNITS = {"align": "faces", "label": "faces", "pair": "photos", "finetune": "pairs", "student": "photos",
         "stylize": "faces", "evaluate": "held-out faces"}  # fmt: skip


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


def _tables(data: Path) -> list[tuple[str, pa.Table]]:
    tables = [("ingest", manifest.read_all(data / "ingest", manifest.INGEST, ["id", "reason", "detail"]))]
    if (data / "dedupe.parquet").is_file():
        tables.append(("dedupe", manifest.read(data / "dedupe.parquet", manifest.DEDUPE)))
    if (data / "quality.parquet").is_file():
        tables.append(("quality", manifest.read(data / "quality.parquet", manifest.QUALITY)))
    return tables
