"""Decide which pictures are worth training on: faces are found once and recorded, thresholds decide in a table.

data/faces holds what the detector saw, one shard per ingest shard, kept until the picture or the detector changes.
Every refused picture keeps its row: the reason, what was measured and the limit it was held against.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from tasks.core import manifest, params
from tasks.core.errors import UserError, require
from tasks.core.stage import log, start
from tasks.faces import finder
from tasks.faces.finder import Settings
from tasks.faces.geometry import crop_matrix, outside

INGEST, DEDUPE, FACES = Path("data/ingest"), Path("data/dedupe.parquet"), Path("data/faces")
OUT, REPORT = Path("data/quality.parquet"), Path("reports/quality.json")
COLUMNS = ["id", "batch", "width", "height", "sharpness", "brightness", "contrast"]


@dataclass(frozen=True)
class Params:
    """The `quality` section of params.yaml; a limit is named by what it limits."""

    min_side: int = 512  # pixels of the shorter side of a photo
    min_side_anime: int = 256  # of a drawing
    min_contrast: float = 12.0  # standard deviation of grey levels
    min_brightness: float = 45.0  # mean grey level
    max_brightness: float = 225.0
    min_sharpness: float = 12.0  # variance of the Laplacian at 256 pixels
    min_face: float = 80.0  # pixels, the side of a square as large as the face's box
    max_faces: int = 1  # of comparable size
    comparable: float = 0.5  # share of the largest face's area from which another one counts
    max_yaw: float = 40.0  # degrees
    max_pitch: float = 40.0
    max_roll: float = 30.0
    max_outside: float = 0.25  # share of the crop that lies beyond the picture's border

    def __post_init__(self) -> None:
        for key, value in asdict(self).items():
            require(value >= 0, f"quality.{key} is {value}; it must be 0 or more")
        lit = f"quality.min_brightness {self.min_brightness} is not below max_brightness {self.max_brightness}"
        require(self.min_brightness < self.max_brightness, f"{lit}; no picture could pass")
        require(self.comparable > 0, "quality.comparable is 0; use a share above 0, such as 0.5")


def main() -> None:
    """data/ingest, data/dedupe.parquet -> data/faces, data/quality.parquet."""
    given, faces = params.load("quality", Params), params.load("faces", Settings)
    finder.update(INGEST, FACES, faces)
    table = decide(gather(given, faces.margin), given)
    decided = pa.Table.from_pandas(table[manifest.QUALITY.names], schema=manifest.QUALITY, preserve_index=False)
    counts = count(decided)
    manifest.write(decided, OUT, manifest.QUALITY)
    manifest.write_json(REPORT, counts)
    log.info("quality: %s", counts)


def gather(given: Params, margin: float) -> pd.DataFrame:
    """One row per picture that dedupe kept: its measures, and the largest face beside the count of comparable ones."""
    kept = manifest.read(DEDUPE, manifest.DEDUPE, ["id", "role", "batch", "keep"]).to_pandas()
    seen = manifest.read_all(FACES, manifest.FACES).to_pandas().drop(columns="role").drop_duplicates("id")
    measured = manifest.read_all(INGEST, manifest.INGEST, COLUMNS).to_pandas().drop_duplicates(["id", "batch"])
    rows: pd.DataFrame = kept[kept["keep"]].merge(measured, on=["id", "batch"]).merge(seen, on="id")
    largest = pd.DataFrame([largest_face(row, given, margin) for row in rows.to_dict("records")], index=rows.index)
    return rows.drop(columns=["keep", "faces", "angles"]).join(largest)


def largest_face(row: Mapping[Any, Any], given: Params, margin: float) -> dict[str, Any]:
    """Box, landmarks, angles, side in pixels and share outside of the picture's largest face; NaN where none is."""
    faces = list(row["faces"])
    if not faces:
        nothing = dict.fromkeys(("side", "outside", "yaw", "pitch", "roll"), np.nan)
        return {"faces": 0, "box": None, "landmarks": None, **nothing}
    sides = np.array([side(face["box"]) for face in faces])
    landmarks = np.asarray(faces[0]["landmarks"], np.float64).reshape(5, 2)
    beyond = outside(crop_matrix(landmarks, 128, margin), 128, row["width"], row["height"])
    facts = {"faces": int((sides**2 >= given.comparable * sides[0] ** 2).sum()), "side": sides[0], "outside": beyond}
    angles = dict(zip(("yaw", "pitch", "roll"), row["angles"], strict=True))
    return facts | angles | {"box": faces[0]["box"], "landmarks": faces[0]["landmarks"]}


def side(box: Any) -> float:
    """The side of a square as large as the box, in pixels."""
    x0, y0, x1, y1 = (float(value) for value in box)
    return float(np.sqrt(max(x1 - x0, 0) * max(y1 - y0, 0)))


def decide(rows: pd.DataFrame, given: Params) -> pd.DataFrame:
    """The rows with keep, reason, value and limit; the first rule that a picture breaks names the reason."""
    rows = rows.assign(reason=None, value=np.nan, limit=np.nan)
    for reason, value, low, high, photos_only in rules(rows, given):
        broken = ((value < low) | (value > high)) & rows["reason"].isna()
        if photos_only:
            broken &= rows["role"] == "photo"
        rows.loc[broken, "reason"] = reason
        rows.loc[broken, "value"] = value[broken].astype(float)
        limit = pd.Series(np.where(value < low, low, high), rows.index)
        rows.loc[broken, "limit"] = limit[broken].astype(float)
    rows["keep"] = rows["reason"].isna()
    return rows


def rules(rows: pd.DataFrame, given: Params) -> list[tuple[str, pd.Series, Any, Any, bool]]:
    """(reason, measured column, lowest and highest value that pass, whether drawings are exempt)."""
    none = np.inf
    least = pd.Series(np.where(rows["role"] == "photo", given.min_side, given.min_side_anime), rows.index)
    shorter = rows[["width", "height"]].min(axis=1)
    return [
        ("small", shorter, least, none, False),
        ("dark", rows["brightness"], given.min_brightness, none, True),
        ("bright", rows["brightness"], -none, given.max_brightness, True),
        ("flat", rows["contrast"], given.min_contrast, none, False),
        ("blurred", rows["sharpness"], given.min_sharpness, none, False),
        ("no_face", rows["faces"], 1, none, False),
        ("many_faces", rows["faces"], -none, given.max_faces, True),
        ("face_small", rows["side"], given.min_face, none, False),
        ("tilted", rows["roll"].abs(), -none, given.max_roll, True),
        ("turned", rows["yaw"].abs(), -none, given.max_yaw, True),
        ("nodding", rows["pitch"].abs(), -none, given.max_pitch, True),
        ("cut", rows["outside"], -none, given.max_outside, True),
    ]


def count(decided: pa.Table) -> dict[str, Any]:
    """The reasons, of all and of photos; UserError where no photo is left."""
    reasons = decided["reason"].to_pylist()
    photos = [why for why, role in zip(reasons, decided["role"].to_pylist(), strict=True) if role == "photo"]
    counts = manifest.tally(reasons) | {"photo": manifest.tally(photos)}
    if None not in photos:
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
