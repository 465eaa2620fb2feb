"""Say of every face what can be told: pose, expression, glasses, mask, age, gender; `unknown` where nothing can tell.

Each label carries a score and where it came from; a line of data/sources/labels.csv wins over every model.
"""

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from tasks.core import image, manifest, params
from tasks.core.errors import UserError, nearest, require
from tasks.core.manifest import ATTRIBUTES
from tasks.core.pool import pool
from tasks.core.stage import log, start
from tasks.faces import pose
from tasks.faces.attributes import UNKNOWN, Attribute, Models, attributes, open_models
from tasks.faces.backend import Face
from tasks.faces.finder import Settings

ALIGN, INGEST, QUALITY = Path("data/align"), Path("data/ingest"), Path("data/quality.parquet")
CORRECTIONS = Path("data/sources/labels.csv")
OUT, REPORT = Path("data/label.parquet"), Path("reports/label.json")
COLUMNS = ["face_id", "id", "role", "image", "landmarks", "landmarks68"]
ANGLES = ["yaw", "pitch", "roll"]


@dataclass(frozen=True)
class Params:
    """The `label` section of params.yaml."""

    attributes: tuple[str, ...] = ATTRIBUTES  # which to look for; the rest stays unknown

    def __post_init__(self) -> None:
        for name in self.attributes:
            require(name in ATTRIBUTES, f"label.attributes names {name!r}; {nearest(name, list(ATTRIBUTES))}")


def main() -> None:
    """data/align, data/quality.parquet, data/sources/labels.csv -> data/label.parquet."""
    given, faces = params.load("label", Params), params.load("faces", Settings)
    seen = manifest.read(QUALITY, manifest.QUALITY, ["id", *ANGLES]).to_pylist()
    angles = {row["id"]: {name: row[name] for name in ANGLES} for row in seen}
    names = manifest.read_all(INGEST, manifest.INGEST, ["id", "name"]).to_pylist()
    with pool() as workers:
        crops = (
            row for shard in manifest.shards(ALIGN) for row in manifest.read(shard, manifest.ALIGN, COLUMNS).to_pylist()
        )
        rows = list(workers.map(Labeller(given, faces.licence), [row | angles[row["id"]] for row in crops]))
    by_hand = corrections(CORRECTIONS, {row["name"]: row["id"] for row in names})
    corrected = [row | changes(by_hand.get(row["face_id"].split("-")[0], [])) for row in rows]
    manifest.write_rows(corrected, OUT, manifest.LABEL)
    report(corrected, sum(map(len, by_hand.values())))


@cache
def models(licence: str) -> Models:
    """The attribute networks at hand, loaded once in each process."""
    return open_models(licence)


@dataclass(frozen=True)
class Labeller:
    """Aligned face with its angles -> labels, as a value that worker processes can be sent."""

    given: Params
    licence: str

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        """The manifest's row. Networks and landmarks are made for photos: of a drawing, nothing is told."""
        dense = np.asarray(row["landmarks68"], np.float64).reshape(68, 2)
        photo = row["role"] == "photo"
        told = self.told(row, dense) if photo else {}
        openness = {"eyes_open": pose.eyes_open(dense), "mouth_open": pose.mouth_open(dense)} if photo else {}
        shared = {key: row[key] for key in ("face_id", "role")}
        turned = {name: row[name] for name in ANGLES} if photo else {}
        empty = dict.fromkeys(manifest.LABEL.names)
        labels = {name: told.get(name, UNKNOWN) if name in self.given.attributes else UNKNOWN for name in ATTRIBUTES}
        return empty | shared | turned | openness | columns(labels)

    def told(self, row: dict[str, Any], dense: Any) -> dict[str, Attribute]:
        """What the networks say of the crop."""
        low, high = dense.min(axis=0), dense.max(axis=0)
        points = np.asarray(row["landmarks"], np.float64).reshape(5, 2)
        face = Face((low[0], low[1], high[0], high[1]), 1.0, points)
        return attributes(image.decode_own(row["image"]["bytes"]), face, models(self.licence), dense)


def columns(labels: dict[str, Attribute]) -> dict[str, Any]:
    """Value, score and origin of each attribute under the manifest's names."""
    flat: dict[str, Any] = {}
    for name, (value, score, origin) in labels.items():
        flat |= {name: value, f"{name}_score": score, f"{name}_origin": origin}
    return flat


def corrections(path: Path, ids: dict[str, str]) -> dict[str, list[dict[str, str]]]:
    """The hand-made labels by image id; a line names its image by file name or id. UserError for a wrong line."""
    by_id: dict[str, list[dict[str, str]]] = {}
    for line in _lines(path):
        name = line["image"]
        found = ids.get(name, name if name in ids.values() else "")
        require(bool(found), f"{path}: image {name!r} is in no batch; give a file's name or an id")
        by_id.setdefault(found, []).append(line)
    return by_id


def _lines(path: Path) -> Iterator[dict[str, str]]:
    for number, line in enumerate(csv.DictReader(path.read_text().splitlines() if path.is_file() else []), 2):
        if set(line) != {"image", "attribute", "value"} or None in line.values():
            raise UserError(f"{path} line {number} is {line}; its columns must be image, attribute, value")
        attribute = line["attribute"]
        require(attribute in ATTRIBUTES, f"{path} line {number}: {attribute!r}; {nearest(attribute, list(ATTRIBUTES))}")
        yield line


def changes(lines: list[dict[str, str]]) -> dict[str, Any]:
    """What a person said, with full score."""
    return columns({line["attribute"]: (line["value"], 1.0, "person") for line in lines})


def report(rows: list[dict[str, Any]], corrected: int) -> None:
    """Count every value but the ages."""
    values = {name: dict(sorted(Counter(row[name] for row in rows).items())) for name in ATTRIBUTES if name != "age"}
    counts = manifest.tally([None] * len(rows)) | {"corrected": corrected, "values": values}
    manifest.write_json(REPORT, counts)
    log.info("label: %s", counts)


if __name__ == "__main__":
    start(main)
