"""When each picture came, so that what is decided in this order never has to be decided again."""

from pathlib import Path
from typing import NamedTuple

import pandas as pd

from tasks.core import manifest
from tasks.core.errors import UserError


class Arrival(NamedTuple):
    """A picture as it came; sorts in order of arrival."""

    position: int  # of its batch in ingest.sources
    name: str  # in that batch
    id: str
    subject: str  # on record with it; "" where none is


def read(ingest: Path, dedupe: Path, batches: Path) -> pd.DataFrame:
    """Every usable picture: id, batch, role, name, subject, cluster, and the position of its batch."""
    key = ["id", "batch", "role"]
    named: pd.DataFrame = manifest.read_all(ingest, manifest.INGEST, [*key, "name", "subject"]).to_pandas()
    clusters = manifest.read(dedupe, manifest.DEDUPE, [*key, "cluster"]).to_pandas().drop_duplicates()
    positions = manifest.read(batches, manifest.BATCH, ["batch", "position"]).to_pandas()
    return named.merge(clusters, on=key).merge(positions, on="batch", how="left")


def arrivals(pictures: pd.DataFrame) -> dict[str, tuple[Arrival, ...]]:
    """Picture's id -> the arrival of the first of its cluster and, where it is another, its own; one role of `read`.

    A better copy that comes later so takes the place of the one it stands for. The order of what is there stays when
    batches are added at the end. UserError for a batch without a position.
    """
    unplaced = pictures.loc[pictures["position"].isna(), "batch"]
    if len(unplaced):
        raise UserError(f"data/batches.parquet lacks the batch {unplaced.iloc[0]!r}; `dvc repro` writes it anew")
    ordered = pictures.sort_values(["position", "name", "id"])
    columns = ordered["position"].astype(int), ordered["name"], ordered["id"], ordered["subject"].fillna("")
    firsts: dict[str, Arrival] = {}
    came: dict[str, tuple[Arrival, ...]] = {}
    for cluster, *values in zip(ordered["cluster"], *columns, strict=True):
        own = Arrival(*values)
        first = firsts.setdefault(cluster, own)
        came.setdefault(own.id, (own,) if first.id == own.id else (first, own))
    return came
