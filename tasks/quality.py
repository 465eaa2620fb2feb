"""Decide which pictures are worth training on: faces are found once and recorded, thresholds decide in a table.

data/faces holds what the detector saw, one shard per ingest shard, kept until the picture or the detector changes.
Every refused picture keeps its row: the reason, what was measured and the limit it was held against. The decision is
taken anew for every picture at each run. It depends on the picture alone, with two exceptions. `off_style`: the centre
of a style moves with its drawings, so a drawing near the limit may change sides when others come. `two_roles`: a file
that comes in the other role as well stays in the one that it looks like.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tasks.core import manifest, params, rules, style
from tasks.core.errors import UserError, require
from tasks.core.rules import Rule, Verdicts
from tasks.core.stage import log, start
from tasks.faces import finder
from tasks.faces.finder import Settings
from tasks.faces.geometry import outside
from tasks.faces.table import Faces, flat

INGEST, DEDUPE, FACES = Path("data/ingest"), Path("data/dedupe.parquet"), Path("data/faces")
OUT, REPORT = Path("data/quality.parquet"), Path("reports/quality.json")
MEASURES = ("width", "height", "sharpness", "brightness", "contrast", "jpeg_quality", "blockiness", "drawn")
NONE = np.inf
LOOKS_DRAWN = 0.5  # `drawn` from which a file that came in both roles is a drawing

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Params:
    """The `quality` section of params.yaml; a limit is named by what it limits."""

    min_side: int = 512  # pixels of the shorter side of a photo
    min_side_anime: int = 256  # of a drawing
    min_contrast: float = 12.0  # standard deviation of grey levels
    min_brightness: float = 45.0  # mean grey level
    max_brightness: float = 225.0
    min_sharpness: float = 12.0  # variance of the Laplacian at 256 pixels
    min_jpeg_quality: float = 30.0  # of libjpeg's 1 to 100
    max_blockiness: float = 2.0  # how much stronger steps are on the 8-pixel grid than beside it
    max_drawn: float = 0.8  # of a photo: 0 a photo, 1 a drawing; a smooth studio photo reaches 0.77, anime 0.99
    min_drawn: float = 0.1  # of a drawing: 95 of 100 selfies have less, cel drawings 0.5 and more
    min_face: float = 80.0  # pixels, the side of a square as large as the face's box
    max_faces: int = 1  # of comparable size; with more, each of them is taken
    comparable: float = 0.5  # share of the largest face's area from which another one counts
    max_covered: float = 0.15  # share of the face behind a mask or a thing
    max_yaw: float = 40.0  # degrees
    max_pitch: float = 40.0
    max_roll: float = 30.0
    max_outside: float = 0.25  # share of the crop that lies beyond the picture's border
    max_off_style: float = 3.5  # robust spreads from the style of the drawings (50 or more); 0: off

    def __post_init__(self) -> None:
        for key, value in asdict(self).items():
            require(value >= 0, f"quality.{key} is {value}; it must be 0 or more")
        lit = f"quality.min_brightness {self.min_brightness} is not below max_brightness {self.max_brightness}"
        require(self.min_brightness < self.max_brightness, f"{lit}; no picture could pass")
        require(self.comparable > 0, "quality.comparable is 0; use a share above 0, such as 0.5")
        require(self.max_faces >= 1, "quality.max_faces is 0; use 1 or more")


@dataclass(frozen=True, eq=False)
class Pictures:
    """What is known of n pictures before anything is decided."""

    keys: pa.Table  # id, role, batch
    measures: dict[str, Floats]
    quarter: NDArray[np.int8]
    faces: Faces
    style: pa.ChunkedArray  # descriptors, null where there is none; in the finder's order
    seen: NDArray[np.int64]  # row of each picture in that order

    @property
    def photo(self) -> NDArray[np.bool_]:
        """Which of them are photos."""
        return np.asarray(pc.equal(self.keys["role"], "photo").to_numpy(zero_copy_only=False), np.bool_)


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


def gather(decisions: pa.Table, measured: pa.Table, seen: pa.Table) -> Pictures:
    """The pictures that dedupe kept, each with its measures and its faces."""
    kept = decisions.filter(pc.field("keep"))
    facts = measured.select(MEASURES).take(places(kept, measured, "batch"))
    rows = places(kept, seen, "role").to_numpy()
    columns = {name: facts[name].to_numpy().astype(np.float64) for name in MEASURES}
    keys, quarter = kept.select(["id", "role", "batch"]), seen["quarter"].to_numpy()[rows]
    return Pictures(keys, columns, quarter, flat(seen["faces"], rows), seen["style"], rows)


def places(some: pa.Table, others: pa.Table, beside: str) -> pa.ChunkedArray:
    """The row in `others` of each picture: one file may come in several batches, and in both roles."""
    named = (pc.binary_join_element_wise(t["id"], t[beside], "/") for t in (some, others))
    return pc.index_in(next(named), next(named))


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


def comparable(faces: Faces, given: Params) -> NDArray[np.bool_]:
    """Which faces are of about the size of the largest one of their picture."""
    largest = faces.side[faces.first[faces.picture]]
    return np.asarray(faces.side**2 >= given.comparable * largest**2)


def of_pictures(pictures: Pictures, counts: NDArray[np.int64], given: Params) -> list[Rule]:
    """What holds for a picture as a whole, in the order in which a person would object.

    What takes light or detail away comes first: it may be why no face was found, and why a photo looks drawn.
    """
    seen, photo = pictures.measures, pictures.photo
    least = np.where(photo, given.min_side, given.min_side_anime).astype(np.float64)
    number = counts.astype(np.float64)
    return [
        Rule("small", np.minimum(seen["width"], seen["height"]), least),
        Rule("dark", seen["brightness"], given.min_brightness, group="photo"),
        Rule("bright", seen["brightness"], high=given.max_brightness, group="photo"),
        Rule("flat", seen["contrast"], given.min_contrast),
        Rule("blurred", seen["sharpness"], given.min_sharpness),
        Rule("compressed", seen["jpeg_quality"], given.min_jpeg_quality),
        Rule("compressed", seen["blockiness"], high=given.max_blockiness),
        Rule("drawing_among_photos", seen["drawn"], high=given.max_drawn, group="photo"),
        Rule("photo_among_drawings", seen["drawn"], given.min_drawn, group="anime"),
        Rule("no_face", number, 1),
        Rule("many_faces", number, high=given.max_faces, group="photo"),
    ]


def of_faces(pictures: Pictures, given: Params, margin: float) -> list[Rule]:
    """What holds for each face."""
    faces, seen = pictures.faces, pictures.measures
    width, height = (seen[name][faces.picture] for name in ("width", "height"))
    yaw, pitch, roll = np.abs(faces.angles.T)
    return [
        Rule("face_small", faces.side, given.min_face),
        Rule("covered", faces.covered, high=given.max_covered, group="photo"),
        Rule("tilted", roll, high=given.max_roll, group="photo"),
        Rule("turned", yaw, high=given.max_yaw, group="photo"),
        Rule("nodding", pitch, high=given.max_pitch, group="photo"),
        Rule("cut", outside(faces.landmarks, width, height, margin), high=given.max_outside, group="photo"),
    ]


def two_roles(pictures: Pictures, left: NDArray[np.bool_]) -> Verdicts:
    """Of a file that passes as a photo and as a drawing, the row of what it looks less like: ids stand for one file."""
    ids, photo = pictures.keys["id"], pictures.photo
    photos = left & photo & among(ids, left & ~photo)
    if not photos.any():
        return rules.passed(len(left))
    both = photos | (left & ~photo & among(ids, photos))
    looks = np.where(both, np.nan_to_num(pictures.measures["drawn"]), np.nan)
    as_photo = Rule("two_roles", looks, high=np.nextafter(LOOKS_DRAWN, 0), group="photo")
    as_drawing = Rule("two_roles", looks, low=LOOKS_DRAWN, group="anime")
    return rules.first_broken([as_photo, as_drawing], {"photo": photo, "anime": ~photo})


def among(ids: pa.ChunkedArray, rows: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether each id is one of those of the rows."""
    some = ids.filter(pa.array(rows)).combine_chunks()
    return np.asarray(pc.is_in(ids, value_set=some).to_numpy(), np.bool_)


def off_style(pictures: Pictures, drawings: NDArray[np.bool_], given: Params) -> Verdicts:
    """Drawings too far from the centre of all that are left."""
    described = np.asarray(pictures.style.is_valid().to_numpy(), np.bool_)[pictures.seen]
    rows = np.flatnonzero(drawings & described)
    far = np.full(len(drawings), np.nan)
    if given.max_off_style and len(rows) >= style.MIN_SET:
        lists = pictures.style.take(pa.array(pictures.seen[rows])).combine_chunks()
        ids = pictures.keys["id"].take(pa.array(rows)).combine_chunks()
        order = np.asarray(pc.sort_indices(ids).to_numpy())
        far[rows] = style.distances(lists.flatten().to_numpy().reshape(len(rows), -1), order)
    return rules.first_broken([Rule("off_style", far, high=given.max_off_style or NONE)], {})


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
