"""When each picture came, so that what is decided in this order never has to be decided again."""

from pathlib import Path
from typing import NamedTuple

import pandas as pd

from tasks.core import manifest
from tasks.core.errors import UserError


class Arrival(NamedTuple):
    """A picture's place in the order of arrival, and the id of the copy of it that came first."""

    position: int  # of its batch in ingest.sources
    name: str  # in that batch
    first: str


def read(ingest: Path, dedupe: Path, batches: Path) -> pd.DataFrame:
    """Every usable picture: id, batch, name, cluster, and the position of its batch."""
    named: pd.DataFrame = manifest.read_all(ingest, manifest.INGEST, ["id", "batch", "name"]).to_pandas()
    clusters = manifest.read(dedupe, manifest.DEDUPE, ["id", "batch", "cluster"]).to_pandas().drop_duplicates()
    positions = manifest.read(batches, manifest.BATCH, ["batch", "position"]).to_pandas()
    return named.merge(clusters, on=["id", "batch"]).merge(positions, on="batch", how="left")


def arrivals(pictures: pd.DataFrame) -> dict[str, Arrival]:
    """Picture's id -> its arrival, that of the earliest of its cluster, from the columns that `read` gives.

    A better copy that comes later takes the place of the one it stands for. The order of what is there stays when
    batches are added at the end. UserError for a batch without a position.
    """
    unplaced = pictures.loc[pictures["position"].isna(), "batch"]
    if len(unplaced):
        raise UserError(f"data/batches.parquet lacks the batch {unplaced.iloc[0]!r}; `dvc repro` writes it anew")
    first = pictures.sort_values(["position", "name", "id"]).drop_duplicates("cluster")
    values = zip(first["position"].astype(int), first["name"], first["id"], strict=True)
    came = dict(zip(first["cluster"], (Arrival(*value) for value in values), strict=True))
    return {id_: came[cluster] for id_, cluster in zip(pictures["id"], pictures["cluster"], strict=True)}
