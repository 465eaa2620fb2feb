"""Put photos beside drawings: by hand, by matching, and by a teacher; and split so that no person is on two sides.

Matched pairs are candidates for a person to review; pairs of a CSV and of a teacher are accepted. Every pair has the
split of its photo's person.
"""

import csv
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from tasks.core import image, manifest, params, shards
from tasks.core.errors import UserError, require
from tasks.core.pool import Pool, pool
from tasks.core.splits import check_shares, split_of
from tasks.core.stage import log, start
from tasks.faces import finder, matching
from tasks.faces.finder import Settings
from tasks.faces.matching import Traits
from tasks.faces.people import persons
from tasks.styles import cel, stylizer, teacher
from tasks.styles.teacher import Teacher

ALIGN, LABEL, INGEST = Path("data/align"), Path("data/label.parquet"), Path("data/ingest")
MANUAL = Path("data/sources/pairs.csv")
TEACHER, OUT, REPORT = Path("data/teacher"), Path("data/pair.parquet"), Path("reports/pair.json")
COMPARED = ("gender", "glasses", "expression")


@dataclass(frozen=True)
class Params:
    """The `pair` section of params.yaml."""

    teacher: str = "cel"  # cel, none, a model of the registry, or the path of an .onnx stylizer
    teacher_colour: str = "rgb"  # the channel order of an .onnx teacher
    min_match: float = 0.35  # score from which a match becomes a candidate
    person_margin: float = 0.2  # above the encoder's threshold: faces this alike count as one person
    val_share: float = 0.125
    test_share: float = 0.25
    seed: int = 1

    def __post_init__(self) -> None:
        require(0 <= self.min_match <= 1, f"pair.min_match is {self.min_match}; use 0 to 1")
        check_shares("pair", self.val_share, self.test_share)


def main() -> None:
    """data/align, data/label.parquet, data/sources/pairs.csv -> data/teacher, data/pair.parquet."""
    given, faces = params.load("pair", Params), params.load("faces", Settings)
    master = teacher.find(given.teacher, given.teacher_colour, faces.licence)
    drawn = draw(master) if master else []
    table = manifest.read_all(ALIGN, manifest.ALIGN, ["face_id", "id", "role", "subject", "embedding"]).to_pandas()
    photos, drawings = (table[table["role"] == role].reset_index(drop=True) for role in ("photo", "anime"))
    person = people(photos, faces, given.person_margin)
    rows = [*manual(photos, drawings), *matched(photos, drawings, faces, given)]
    rows += [pair(face, None, "teacher", 1.0, "accepted", "", master.name) for face in drawn if master]
    rows = [row | {"person": person[row["photo"]], "split": side(person[row["photo"]], given)} for row in rows]
    rows = sorted({row["pair_id"]: row for row in reversed(rows)}.values(), key=lambda row: row["pair_id"])
    counts = count(rows, len(photos), len(set(person.values())))
    manifest.write_rows(rows, OUT, manifest.PAIR)
    manifest.write_json(REPORT, counts)
    log.info("pair: %s", counts)


def draw(master: Teacher) -> list[str]:
    """Bring data/teacher to one drawing per aligned photo; returns their face ids."""
    code = (sys.modules[__name__], cel if master.path is None else stylizer)
    output = shards.Output(TEACHER, manifest.TEACHER, code, {"teacher": master.digest, "colour": master.colour})
    with pool() as workers:
        shards.update(
            output, shards.inputs_of(ALIGN), lambda name: drawings_of(ALIGN / f"{name}.parquet", master, workers)
        )
    return [str(face) for face in manifest.read_all(TEACHER, manifest.TEACHER, ["face_id"])["face_id"].to_pylist()]


def drawings_of(shard: Path, master: Teacher, workers: Pool) -> pa.Table:
    """The teacher's drawing of every photo in an aligned shard."""
    rows = manifest.read(shard, manifest.ALIGN, ["face_id", "role", "image"]).to_pylist()
    photos = [row for row in rows if row["role"] == "photo"]
    drawn = workers.map(Pupil(master), [row["image"]["bytes"] for row in photos])
    return pa.Table.from_pylist(
        [
            {"face_id": row["face_id"], "image": {"bytes": data, "path": None}, "teacher": master.name}
            for row, data in zip(photos, drawn, strict=True)
        ],
        schema=manifest.TEACHER,
    )


@dataclass(frozen=True)
class Pupil:
    """PNG of a photo -> PNG of its drawing, as a value that worker processes can be sent."""

    master: Teacher

    def __call__(self, png: bytes) -> bytes:
        """The drawing, as large as the photo."""
        return image.encode_png(self.master.draw()(image.decode_own(png)))


def people(photos: Any, faces: Settings, margin: float) -> dict[str, str]:
    """Photo's face_id -> person."""
    ids = photos["face_id"].tolist()
    if not ids:
        raise UserError(f"{ALIGN} holds no photo's face; see {Path('reports/quality.json')} for what took them")
    encoder = finder.opened(faces).encoder
    vectors = np.stack(photos["embedding"].to_list()).astype(np.float32)
    named = [name if isinstance(name, str) else "" for name in photos["subject"]]
    return dict(zip(ids, persons(ids, named, vectors, encoder, encoder.same + margin), strict=True))


def side(person: str, given: Params) -> str:
    """The person's split."""
    return split_of(person, given.val_share, given.test_share, given.seed)


def manual(photos: Any, drawings: Any) -> list[dict[str, Any]]:
    """The pairs of data/sources/pairs.csv: photo and anime, by file name or id; raises UserError for a stranger."""
    if not MANUAL.is_file():
        return []
    names = manifest.read_all(INGEST, manifest.INGEST, ["id", "name"]).to_pylist()
    ids = {row["name"]: row["id"] for row in names} | {row["id"]: row["id"] for row in names}
    lines = list(csv.DictReader(MANUAL.read_text().splitlines()))
    return [
        pair(
            _face(line, "photo", ids, photos),
            _face(line, "anime", ids, drawings),
            "manual",
            1.0,
            "accepted",
            "by hand",
            "",
        )
        for line in lines
    ]


def _face(line: dict[str, str], column: str, ids: dict[str, str], faces: Any) -> str:
    if column not in line:
        raise UserError(f"{MANUAL} has columns {', '.join(line)}; it needs photo and anime")
    known = faces.loc[faces["id"] == ids.get(line[column], ""), "face_id"]
    if known.empty:
        raise UserError(f"{MANUAL}: {column} {line[column]!r} is no {column} that came through align; correct the row")
    return str(known.iloc[0])


def matched(photos: Any, drawings: Any, faces: Settings, given: Params) -> list[dict[str, Any]]:
    """Candidates to review: the best one-to-one matching of photos and drawings."""
    if drawings.empty:
        return []
    encoder = finder.opened(faces).encoder
    vectors = [np.stack(side["embedding"].to_list()).astype(np.float32) for side in (photos, drawings)]
    looks = np.asarray(encoder.similarity(vectors[0], vectors[1]), np.float64)
    found = matching.matches(traits(photos), traits(drawings), looks, given.min_match)
    return [
        pair(photos["face_id"][m.photo], drawings["face_id"][m.anime], "match", m.score, "candidate", m.reasons, "")
        for m in found
    ]


def traits(faces: Any) -> Traits:
    """What matching compares, in the order of the faces."""
    labels = manifest.read(LABEL, manifest.LABEL).to_pandas().set_index("face_id").loc[faces["face_id"]]
    crops = manifest.read_all(ALIGN, manifest.ALIGN, ["face_id", "image"]).to_pylist()
    wanted = set(faces["face_id"])
    shades = {
        r["face_id"]: matching.colours(image.decode_own(r["image"]["bytes"])) for r in crops if r["face_id"] in wanted
    }
    return Traits(
        labels[["yaw", "pitch", "roll"]].fillna(0).to_numpy(np.float64),
        np.array([shades[face] for face in faces["face_id"]]),
        {name: labels[name].tolist() for name in COMPARED},
    )


def pair(
    photo: str, anime: str | None, method: str, score: float, status: str, reasons: str, name: str
) -> dict[str, Any]:
    """A row of the manifest, save person and split; its id says what is paired, not how well."""
    return {
        "pair_id": shards.digest(photo, anime or "", name)[:16],
        "photo": photo,
        "anime": anime,
        "method": method,
        "score": score,
        "status": status,
        "reasons": reasons,
        "teacher": name or None,
    }


def count(rows: list[dict[str, Any]], photos: int, people_: int) -> dict[str, Any]:
    """Pairs by method, status and split; UserError where nothing can be trained on."""
    accepted = [row for row in rows if row["status"] == "accepted"]
    tallies = {key: dict(sorted(Counter(row[key] for row in rows).items())) for key in ("method", "status", "split")}
    by_split = dict(sorted(Counter(row["split"] for row in accepted).items()))
    if not by_split.get("train"):
        fault = f"no accepted pair is left to train on (accepted: {by_split})"
        raise UserError(f"{fault}; set pair.teacher: cel, or add to {MANUAL}")
    return {"in": photos, "kept": len(accepted), "reasons": {}, "people": people_, "accepted": by_split, **tallies}


if __name__ == "__main__":
    start(main)
