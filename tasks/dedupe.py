"""Find pictures that are the same, keep the best of each cluster, and say which one it stands for.

Candidates are perceptual hashes within a few bits; a second signal, the same measures of light and colour, has to
agree before two pictures count as one. Hashes are of the source picture, since aligned faces all look alike.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from tasks.core import manifest, params
from tasks.core.errors import nearest, require
from tasks.core.hamming import MOST, distance, near_pairs
from tasks.core.stage import log, start

SOURCE, OUT, REPORT = Path("data/ingest"), Path("data/dedupe.parquet"), Path("reports/dedupe.json")
COLUMNS = [
    "id",
    "role",
    "batch",
    "name",
    "width",
    "height",
    "pixels",
    "phash",
    "sharpness",
    "brightness",
    "contrast",
    "reason",
]
POLICIES = ("best", "first")


@dataclass(frozen=True)
class Params:
    """The `dedupe` section of params.yaml."""

    max_distance: int = 4  # bits of the perceptual hash
    max_light: float = 12.0  # grey levels by which brightness and contrast may differ
    keep: str = "best"  # best: most pixels, then sharpest; first: in order of batch and name

    def __post_init__(self) -> None:
        require(0 <= self.max_distance <= MOST, f"dedupe.max_distance is {self.max_distance}; use 0 to {MOST}")
        require(self.max_light >= 0, f"dedupe.max_light is {self.max_light}; use 0 or more grey levels")
        require(self.keep in POLICIES, f"dedupe.keep is {self.keep!r}; {nearest(self.keep, list(POLICIES))}")


def main() -> None:
    """data/ingest -> data/dedupe.parquet, one row per picture that ingest kept."""
    given = params.load("dedupe", Params)
    table = manifest.read_all(SOURCE, manifest.INGEST, COLUMNS).to_pandas()
    rows = decide(table[table["reason"].isna()].reset_index(drop=True), given)
    decided = pa.Table.from_pandas(rows, preserve_index=False)
    manifest.write(decided, OUT, manifest.DEDUPE)
    counts = manifest.tally(decided["reason"].to_pylist())
    counts["clusters"] = int(rows["cluster"].nunique())
    manifest.write_json(REPORT, counts)
    log.info("dedupe: %s", counts)


def decide(pictures: pd.DataFrame, given: Params) -> pd.DataFrame:
    """Each picture's cluster and whether it is the one that stays; the order of rows is the input's."""
    pictures = pictures.reset_index(drop=True)
    pairs = same_pairs(pictures, given)
    cluster = components(len(pictures), pairs)
    best = best_first(pictures, given.keep)
    leader = pd.Series(best).groupby(cluster[best]).first().to_numpy()[cluster]
    rows = pictures[["id", "role", "batch"]].copy()
    rows["cluster"] = pictures["id"].groupby(cluster).transform("min")
    rows["keep"] = leader == np.arange(len(rows))
    rows["duplicate_of"] = pictures["id"].to_numpy()[leader]
    rows.loc[rows["keep"], "duplicate_of"] = None
    hashes = pictures["phash"].to_numpy(np.uint64)
    rows["distance"] = distance(hashes, hashes[leader])
    same = pictures["pixels"].to_numpy() == pictures["pixels"].to_numpy()[leader]
    rows["reason"] = np.where(same, "exact_duplicate", "near_duplicate")
    rows.loc[rows["keep"], "reason"] = None
    return rows


def same_pairs(pictures: pd.DataFrame, given: Params) -> NDArray[np.int64]:
    """Index pairs, m x 2, that both the hash and the second signal call the same, within one role."""
    hashes = pictures["phash"].to_numpy(np.uint64)
    pairs = near_pairs(hashes, given.max_distance)
    i, j = pairs[:, 0], pairs[:, 1]
    agree = pictures["role"].to_numpy()[i] == pictures["role"].to_numpy()[j]
    for measure in ("brightness", "contrast"):
        light = pictures[measure].to_numpy(np.float64)
        agree &= np.abs(light[i] - light[j]) <= given.max_light
    return np.asarray(pairs[agree], np.int64)


def components(count: int, pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """The connected component of each of `count` pictures."""
    ones = np.ones(len(pairs), np.int8)
    graph = coo_array((ones, (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    return np.asarray(connected_components(graph, directed=False)[1], np.int64)


def best_first(pictures: pd.DataFrame, policy: str) -> NDArray[np.int64]:
    """Row numbers, the picture to keep before those it stands for."""
    order = ["batch", "name"]
    pixels = pictures["width"].astype(np.int64) * pictures["height"]
    ranked = pictures.assign(pixels=-pixels, soft=-pictures["sharpness"])
    ranked = ranked.sort_values(["pixels", "soft", *order] if policy == "best" else order)
    return np.asarray(ranked.index, np.int64)


if __name__ == "__main__":
    start(main)
