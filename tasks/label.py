"""Say of every face what can be told: pose, expression, glasses, mask, age, gender, hair, skin, style of drawing.

Each label carries a score and where it came from. data/attributes holds what rules and networks tell, one shard per
shard of aligned faces, kept until a face, a network or the code changes. What reviewers agree on wins over all of them,
and a line of data/sources/labels.csv over reviewers; a new line measures nothing again.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from tasks.core import manifest, params
from tasks.core.errors import UserError, nearest, require
from tasks.core.manifest import ATTRIBUTES
from tasks.core.spreadsheet import is_id
from tasks.core.stage import log, start
from tasks.faces.finder import Settings
from tasks.labelling import attributes, corrections, labeller
from tasks.labelling.corrections import Correction
from tasks.reviewing import decisions, opinions

ALIGN, INGEST = Path("data/align"), Path("data/ingest")
CORRECTIONS, SHEET = Path("data/sources/labels.csv"), Path("data/label-sheet/index.html")
MEASURED, OUT, REPORT = Path("data/attributes"), Path("data/label.parquet"), Path("reports/label.json")
PERSON = "person"  # the origin of what somebody said


@dataclass(frozen=True)
class Params:
    """The `label` section of params.yaml."""

    attributes: tuple[str, ...] = ATTRIBUTES  # which to look for; the rest stays unknown

    def __post_init__(self) -> None:
        for name in self.attributes:
            require(name in ATTRIBUTES, f"label.attributes names {name!r}; {nearest(name, list(ATTRIBUTES))}")


def main() -> None:
    """data/align, data/sources (labels.csv, reviews), data/ingest for names -> data/attributes, data/label.parquet."""
    given, faces = params.load("label", Params), params.load("faces", Settings)
    said = corrections.read(CORRECTIONS)
    ids = names(said)
    labeller.update(ALIGN, MEASURED, given.attributes, faces.licence)
    measured = manifest.read_all(MEASURED, manifest.LABEL)
    faces_there = measured["face_id"].to_pylist()
    told, unused = corrections.by_face(said, ids, faces_there)
    held = opinions.of_kind(decisions.logs(decisions.REVIEWS), decisions.LABEL)
    agreed, waiting = reviewed(opinions.values(held), faces_there)
    labels = corrected(measured, {face: agreed.get(face, {}) | told.get(face, {}) for face in {**agreed, **told}})
    manifest.write(labels, OUT, manifest.LABEL)
    SHEET.unlink(missing_ok=True)  # it shows faces as they were; one of them may have been withdrawn since
    report(labels, len(said) - unused, unused, sum(map(len, agreed.values())), waiting)


def names(said: list[Correction]) -> dict[str, str]:
    """The ids of all pictures by file name; none are read where every line gives an id.

    Raises UserError for a line's name that several pictures have.
    """
    asked = {line.image for line in said if not is_id(line.image)}
    if not asked:
        return {}
    table = manifest.read_all(INGEST, manifest.INGEST, ["id", "name", "reason"])
    usable = table.filter(pc.is_null(table["reason"]))
    ids: dict[str, str] = {}
    for name, id_ in zip(usable["name"].to_pylist(), usable["id"].to_pylist(), strict=True):
        if ids.setdefault(name, id_) != id_ and name in asked:
            fault = f"labels.csv: image {name!r} is the name of several pictures"
            raise UserError(f"{fault}; give an id, such as {ids[name]} or {id_}")
    return dict(zip(table["name"].to_pylist(), table["id"].to_pylist(), strict=True)) | ids


def corrected(labels: pa.Table, told: Mapping[str, Mapping[str, str]]) -> pa.Table:
    """The labels with what people said (face_id -> attribute -> value) in place of what was measured, at full score."""
    faces = labels["face_id"].to_pylist()
    for attribute in sorted({name for said in told.values() for name in said}):
        said = pa.array([told.get(face, {}).get(attribute) for face in faces], pa.string())
        score = pa.scalar(1.0, pa.float32())
        for column, new in ((attribute, said), (f"{attribute}_score", score), (f"{attribute}_origin", PERSON)):
            values = pc.if_else(said.is_valid(), new, labels[column].combine_chunks())
            labels = labels.set_column(labels.schema.get_field_index(column), labels.schema.field(column), values)
    return labels


def reviewed(agreed: Mapping[str, Mapping[str, str]], faces: Collection[str]) -> tuple[dict[str, dict[str, str]], int]:
    """What reviewers agree on of these faces, and the number of labels that are of others or known no longer."""
    there = {*faces}
    used = {
        face: {name: value for name, value in said.items() if attributes.fault(name, value) is None}
        for face, said in agreed.items()
        if face in there
    }
    return used, sum(map(len, agreed.values())) - sum(map(len, used.values()))


def report(labels: pa.Table, used: int, unused: int, agreed: int, waiting: int) -> None:
    """Count every value but the ages; corrections and reviewed labels, and those about faces that are not there."""
    counted = {name: dict(sorted(Counter(labels[name].to_pylist()).items())) for name in ATTRIBUTES if name != "age"}
    counts = manifest.tally([None] * len(labels)) | {
        "corrected": used,
        "reviewed": agreed,
        "unused": unused + waiting,
        "values": counted,
    }
    manifest.write_json(REPORT, counts)
    log.info("label: %s", counts)


if __name__ == "__main__":
    start(main)
