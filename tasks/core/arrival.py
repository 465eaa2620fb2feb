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
    """Picture's id -> the arrivals of all copies in its cluster, in order, each where it came first; of one role.

    What is on record of a copy so stays, whichever of them stands for the others. Batches that are added at the end
    add arrivals at the end. UserError for a batch without a position.
    """
    unplaced = pictures.loc[pictures["position"].isna(), "batch"]
    if len(unplaced):
        raise UserError(f"data/batches.parquet lacks the batch {unplaced.iloc[0]!r}; `dvc repro` writes it anew")
    ordered = pictures.sort_values(["position", "name", "id"])
    columns = ordered["position"].astype(int), ordered["name"], ordered["id"], ordered["subject"].fillna("")
    clusters: dict[str, dict[str, Arrival]] = {}
    for cluster, *values in zip(ordered["cluster"], *columns, strict=True):
        own = Arrival(*values)
        clusters.setdefault(cluster, {}).setdefault(own.id, own)
    came = [(copies, tuple(copies.values())) for copies in clusters.values()]
    return {id_: every for copies, every in came for id_ in copies}
