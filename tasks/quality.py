"""Decide which pictures are worth training on: faces are found once and recorded, thresholds decide in a table.

data/faces holds what the detector saw, one shard per ingest shard, kept until the picture or the detector changes.
Every refused picture keeps its row: the reason, what was measured and the limit it was held against. The decision is
taken anew for every picture at each run. It depends on the picture alone, with two exceptions. `off_style`: the centre
of a style moves with its drawings, so a drawing near the limit may change sides when others come. `two_roles`: a file
that comes in the other role as well stays in the one that it looks like.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tasks.core import manifest, params, rules
from tasks.core.errors import UserError, require
from tasks.core.rules import Verdicts
from tasks.core.stage import log, start
from tasks.faces import finder
from tasks.faces.finder import Settings
from tasks.sifting.company import off_style, two_roles
from tasks.sifting.limits import Params, comparable, of_faces, of_pictures
from tasks.sifting.pictures import MEASURES, Pictures, gather

INGEST, DEDUPE, FACES = Path("data/ingest"), Path("data/dedupe.parquet"), Path("data/faces")
OUT, REPORT = Path("data/quality.parquet"), Path("reports/quality.json")


def main() -> None:
    """data/ingest, data/dedupe.parquet -> data/faces, data/quality.parquet."""
    given, faces = params.load("quality", Params), params.load("faces", Settings)
    finder.update(INGEST, FACES, faces)
    decided = decide(gather(*tables()), given, faces.margin)
    counts = count(decided)
    manifest.write(decided, OUT, manifest.QUALITY)
    manifest.write_json(REPORT, counts)
    log.info("quality: %s", counts)


def tables() -> tuple[pa.Table, pa.Table, pa.Table]:
    """What dedupe decided, ingest measured and the finder saw."""
    decisions = manifest.read(DEDUPE, manifest.DEDUPE, ["id", "role", "batch", "keep"])
    measured = manifest.read_all(INGEST, manifest.INGEST, ["id", "batch", *MEASURES])
    return decisions, measured, manifest.read_all(FACES, manifest.FACES, ["id", "role", "quarter", "faces", "style"])


def decide(pictures: Pictures, given: Params, margin: float = 1.0) -> pa.Table:
    """manifest.QUALITY: the first rule that a picture breaks names the reason, then the first of its largest face.

    Faces of comparable size are held to the same rules, and those that break none go on, `max_faces` at most.
    """
    faces, photo = pictures.faces, pictures.photo
    compared = comparable(faces, given)
    counts = np.bincount(faces.picture[compared], minlength=len(photo))
    whole = rules.first_broken(of_pictures(pictures, counts, given), {"photo": photo, "anime": ~photo})
    on_photo = photo[faces.picture]
    each = rules.first_broken(of_faces(pictures, given, margin), {"photo": on_photo, "anime": ~on_photo})
    chosen = compared & ~each.broken & (faces.number < given.max_faces)
    there = np.bincount(faces.picture[chosen], minlength=len(photo)) > 0
    verdicts = whole.otherwise(each.at(faces.first).unless(there))
    verdicts = verdicts.otherwise(two_roles(pictures, ~verdicts.broken))
    verdicts = verdicts.otherwise(off_style(pictures, ~verdicts.broken & ~photo, given))
    return as_table(pictures, verdicts, counts, chosen & ~verdicts.broken[faces.picture])


def as_table(pictures: Pictures, verdicts: Verdicts, counts: NDArray[np.int64], chosen: NDArray[np.bool_]) -> pa.Table:
    """The rows of manifest.QUALITY."""
    faces, total = pictures.faces, len(counts)
    numbers = pa.array(faces.number[chosen].astype(np.int8))
    ends = np.cumsum(np.bincount(faces.picture[chosen], minlength=total))
    angles = np.vstack([faces.angles, np.full(3, np.nan)])[faces.first].astype(np.float32)
    columns = {name: pictures.keys[name] for name in ("id", "role", "batch")}
    columns |= {"keep": ~verdicts.broken, "reason": verdicts.named()}
    columns |= {name: pa.array(getattr(verdicts, name), from_pandas=True) for name in ("value", "limit")}
    columns |= {"faces": counts.astype(np.int32), "quarter": pictures.quarter}
    columns["chosen"] = pa.ListArray.from_arrays(pa.array(np.append(0, ends).astype(np.int32)), numbers)
    columns |= {name: angles[:, axis] for axis, name in enumerate(("yaw", "pitch", "roll"))}
    return pa.table(columns).select(manifest.QUALITY.names).cast(manifest.QUALITY)


def count(decided: pa.Table) -> dict[str, Any]:
    """The reasons, of all and of photos; UserError where no photo came or none is left."""
    photos = decided.filter(pc.field("role") == "photo")
    counts = manifest.tally(decided["reason"].to_pylist()) | {"photo": manifest.tally(photos["reason"].to_pylist())}
    require(counts["photo"]["in"] > 0, "no photo came through dedupe; name a source with role: photo in ingest.sources")
    if not counts["photo"]["kept"]:
        taken = counts["photo"]["reasons"]
        raise UserError(
            f"no photo is left after quality; it took {taken}; loosen that limit in params.yaml{hint(taken)}"
        )
    return counts


def hint(taken: dict[str, int]) -> str:
    """The remedy for the commonest trap: a collection of 256-pixel selfies under the default limit."""
    most = max(taken, key=lambda reason: taken[reason], default="")
    return ", such as quality.min_side: 256 for a collection of 256-pixel photos" if most == "small" else ""


if __name__ == "__main__":
    start(main)
