"""Find pictures that are the same, keep the best of each cluster, and say which one it stands for.

Candidates are two hashes within a few bits: the perceptual hash and the gradient hash of the thumb, which sees past a
line of text. Two candidates count as one picture when the perceptual hashes are not far apart either and the thumbs
correlate. Hashes are of the source picture, since aligned faces all look alike; photos and drawings never mix.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tasks.core import image, manifest, near_index, params, thumbs
from tasks.core.errors import UserError, nearest, require
from tasks.core.hamming import MOST, Hashes, distance, ends
from tasks.core.leaders import Positions, View, leaders
from tasks.core.near_index import NearIndex
from tasks.core.pictures import Pictures
from tasks.core.stage import log, start
from tasks.core.thumbs import Thumbs

SOURCE, BATCHES, OUT = Path("data/ingest"), Path("data/batches.parquet"), Path("data/dedupe.parquet")
NEAR, REPORT = Path("data/near"), Path("reports/dedupe.json")
COLUMNS = ["id", "role", "batch", "name", "width", "height", "pixels", "phash", "sharpness", "reason", "thumb"]
POLICIES = ("best", "first")
SHARPNESS_NOISE = 0.02  # share by which the sharpness of one picture in two formats differs at most


@dataclass(frozen=True)
class Params:
    """The `dedupe` section of params.yaml."""

    max_distance: int = 4  # bits of either hash up to which two pictures are candidates
    max_phash: int = 10  # bits of the perceptual hash beyond which candidates are two pictures
    min_likeness: float = 0.85  # correlation of the thumbs below which candidates are two pictures
    keep: str = "best"  # best: most pixels, then sharpest, then earliest; first: the earliest

    def __post_init__(self) -> None:
        require(0 <= self.max_distance <= MOST, f"dedupe.max_distance is {self.max_distance}; use 0 to {MOST}")
        require(0 <= self.max_phash <= 64, f"dedupe.max_phash is {self.max_phash}; use 0 to 64 bits")
        require(-1 <= self.min_likeness <= 1, f"dedupe.min_likeness is {self.min_likeness}; use -1 to 1")
        require(self.keep in POLICIES, f"dedupe.keep is {self.keep!r}; {nearest(self.keep, list(POLICIES))}")


@dataclass(frozen=True)
class Prints:
    """What pictures are compared by, a row each."""

    phash: Hashes
    gradient: Hashes
    thumbs: Thumbs

    def alike(self, given: Params, one: Positions, other: Positions) -> NDArray[np.bool_]:
        """Whether each two candidates are one picture."""
        same = distance(self.phash[one], self.phash[other]) <= given.max_phash
        same[same] = thumbs.likeness(self.thumbs, one[same], other[same]) >= given.min_likeness
        return same

    def of(self, rows: Positions) -> "Prints":
        """The same for some of the pictures."""
        return Prints(self.phash[rows], self.gradient[rows], self.thumbs[rows])


Indexes = Mapping[str, tuple[NearIndex, NearIndex]]  # role -> of perceptual hashes, of gradient hashes


def main() -> None:
    """data/ingest -> data/dedupe.parquet, one row per picture that ingest kept; data/near keeps the near pairs."""
    given = params.load("dedupe", Params)
    found = manifest.read_all(SOURCE, manifest.INGEST, COLUMNS)
    batches = manifest.read(BATCHES, manifest.BATCH, ["batch", "position"])
    pictures, prints = taken(found.filter(pc.is_null(found["reason"])), batches)
    leader = clustered(pictures, prints, refreshed(NEAR, pictures, prints), given)
    rows = decide(pictures, prints.phash, leader)
    rows.loc[equal_pixels(SOURCE, pictures["id"], twins(pictures, prints, leader)), "reason"] = "exact_duplicate"
    decided = pa.Table.from_pandas(rows, preserve_index=False)
    manifest.write(decided, OUT, manifest.DEDUPE)
    counts = manifest.tally(decided["reason"].to_pylist()) | {"clusters": int(rows["keep"].sum())}
    manifest.write_json(REPORT, counts)
    log.info("dedupe: %s", counts)


def taken(found: pa.Table, batches: pa.Table) -> tuple[pd.DataFrame, Prints]:
    """Ingest's rows with the `position` of their batch, and what they are compared by."""
    cells = thumbs.from_column(found["thumb"])
    pictures = found.drop_columns(["thumb", "reason"]).to_pandas()
    position = dict(zip(batches["batch"].to_pylist(), batches["position"].to_pylist(), strict=True))
    pictures["position"] = pictures["batch"].map(position)
    unplaced = pictures.loc[pictures["position"].isna(), "batch"]
    if len(unplaced):
        raise UserError(f"{BATCHES} lacks the batch {unplaced.iloc[0]!r}; `dvc repro` writes it anew")
    return pictures, Prints(pictures["phash"].to_numpy(np.uint64), thumbs.gradient_hash(cells), cells)


def refreshed(folder: Path, pictures: pd.DataFrame, prints: Prints) -> Indexes:
    """The near pairs of each role, brought up to date in the folder; files of nobody go."""
    roles = {role: np.flatnonzero(pictures["role"] == role) for role in sorted(pictures["role"].unique())}
    files = {role: (folder / f"{role}-phash.near", folder / f"{role}-gradient.near") for role in roles}
    folder.mkdir(parents=True, exist_ok=True)
    for stranger in set(folder.iterdir()) - {file for pair in files.values() for file in pair}:
        stranger.unlink()
    return {
        role: (
            near_index.refresh(files[role][0], prints.phash[rows]),
            near_index.refresh(files[role][1], prints.gradient[rows]),
        )
        for role, rows in roles.items()
    }


def clustered(pictures: pd.DataFrame, prints: Prints, near: Indexes, given: Params) -> Positions:
    """The leader of each picture: the position of the one that stands for it, its own where it stays."""
    rank, pixels = ranked(pictures, given.keep), pictures["pixels"].to_numpy()
    leader = np.arange(len(pictures))
    for role, indexes in near.items():
        rows = np.flatnonzero(pictures["role"] == role)
        leader[rows] = rows[led(rank[rows], pixels[rows], prints.of(rows), indexes, given)]
    return leader


def decide(pictures: pd.DataFrame, phash: Hashes, leader: Positions) -> pd.DataFrame:
    """The manifest's rows, in the order of the input."""
    ids, pixels = pictures["id"].to_numpy(), pictures["pixels"].to_numpy()
    rows = pictures[["id", "role", "batch"]].copy()
    rows["cluster"] = smallest(ids, leader)
    rows["keep"] = leader == np.arange(len(rows))
    rows["duplicate_of"] = np.where(leader == np.arange(len(rows)), np.array(None), ids[leader])
    rows["distance"] = distance(phash, phash[leader]).astype(np.int32)
    rows["reason"] = np.where(pixels == pixels[leader], "exact_duplicate", "near_duplicate")
    rows.loc[rows["keep"], "reason"] = None
    return rows


def smallest(ids: NDArray[np.object_], leader: Positions) -> NDArray[np.object_]:
    """The smallest id among those that share each one's leader."""
    found = ids[leader]
    several = np.bincount(leader, minlength=len(ids))[leader] > 1
    found[several] = pd.Series(ids[several]).groupby(leader[several]).transform("min")
    return found


def led(
    rank: Positions, pixels: NDArray[np.object_], prints: Prints, indexes: tuple[NearIndex, NearIndex], given: Params
) -> Positions:
    """The leader of each picture of one role; of equal pixels only the best is compared with others."""
    order = np.argsort(rank)
    digest = pd.factorize(pixels[order])[0]
    first = order[np.unique(digest, return_index=True)[1]]
    few = prints.of(first)
    views = [view(index, hashes, given) for index, hashes in zip(indexes, (few.phash, few.gradient), strict=True)]
    found = leaders(np.argsort(np.argsort(rank[first])), views, partial(few.alike, given))
    leader = np.empty(len(rank), np.int64)
    leader[order] = first[found][digest]
    return leader


def view(index: NearIndex, hashes: Hashes, given: Params) -> View:
    """Whose hashes are equal or within the candidates' distance."""
    one, other = ends(index.pairs)
    if given.max_distance < MOST:
        near = distance(index.values[one], index.values[other]) <= given.max_distance
        one, other = one[near], other[near]
    return View(index.positions(hashes), len(index.values), one, other)


def ranked(pictures: pd.DataFrame, policy: str) -> Positions:
    """The place of each picture when the one to keep comes before those it stands for, 0 the first of all."""
    earliest = [(column, "ascending") for column in ("position", "name", "id")]
    finest = [("area", "descending"), ("sharpness", "descending")]
    area = pictures["width"].astype(np.int64) * pictures["height"]
    keys = [*finest, *earliest] if policy == "best" else earliest
    columns = pictures.assign(area=area)[[column for column, _ in keys]]
    order = pc.sort_indices(pa.Table.from_pandas(columns, preserve_index=False), keys).to_numpy()
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return rank


def twins(pictures: pd.DataFrame, prints: Prints, leader: Positions) -> Positions:
    """Near duplicates and their leaders, m x 2 positions, that only a look at the pixels can tell from exact ones.

    A JPEG's digest is of its bytes, so that its lossless copy has another.
    """
    same = distance(prints.phash, prints.phash[leader]) <= MOST
    for column in ("width", "height"):
        same &= pictures[column].to_numpy() == pictures[column].to_numpy()[leader]
    same &= pictures["pixels"].to_numpy() != pictures["pixels"].to_numpy()[leader]
    sharpness = pictures["sharpness"].to_numpy(np.float64)
    same &= np.isclose(sharpness, sharpness[leader], rtol=SHARPNESS_NOISE)
    member = np.flatnonzero(same)
    member = member[thumbs.equal(prints.thumbs, member, leader[member])]
    return np.stack([member, leader[member]], axis=1)


def equal_pixels(folder: Path, ids: "pd.Series[str]", pairs: Positions) -> Positions:
    """The first of each of the pairs whose stored pictures decode to the same pixels; only these are decoded."""
    if not len(pairs):
        return np.empty(0, np.int64)
    stored = Pictures(folder, manifest.INGEST, "id")
    digests = {name: pixel_digest(stored.read(name)) for name in stored.in_order(ids.iloc[np.unique(pairs)])}
    same = [digests[ids.iloc[one]] == digests[ids.iloc[other]] for one, other in pairs]
    return pairs[same, 0]


def pixel_digest(data: bytes | None) -> str:
    """A digest of the upright pixels; "" where the picture is not stored."""
    if data is None:
        return ""
    pixels = image.decode(data)
    return hashlib.sha256(repr(pixels.shape).encode() + pixels.tobytes()).hexdigest()


if __name__ == "__main__":
    start(main)
