"""What the dataset consists of, in numbers: labels, licences, consent, pairs, splits, batches, copies."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from tasks.core import manifest
from tasks.core.manifest import ATTRIBUTES
from tasks.core.splits import SPLITS
from tasks.faces.age import AGE_BANDS, UNKNOWN, age_band
from tasks.surveying.reasons import Step

ROLES = {"photo": "photos", "anime": "drawings"}
SOON = 90  # days
GROUPS, MEMBERS = 8, 5  # of near duplicates, and pictures of each, that are shown
Table = dict[str, dict[str, dict[str, int]]]


@dataclass(frozen=True)
class Consent:
    """Photos in use by the state of their consent; `days`: (last day of a consent, photos), the soonest first."""

    held: int
    missing: int
    expired: int
    soon: int
    days: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Copies:
    """A group of the same picture: the kept one, what it stands for as (id, note), and how many there are in all."""

    kept: str
    others: tuple[tuple[str, str], ...]
    count: int


def labels(data: Path) -> Table:
    """Attribute -> photos | drawings -> value -> faces; attributes that nobody told for either role are left out."""
    if not (data / "label.parquet").is_file():
        return {}
    rows = manifest.read(data / "label.parquet", manifest.LABEL, ["role", *ATTRIBUTES]).to_pandas()
    rows["age"] = [age_band(str(age)) for age in rows["age"]]
    found = {name: by_role(rows, name) for name in ATTRIBUTES}
    found["age"] = {role: by_years(values) for role, values in found["age"].items()}
    return {name: table for name, table in found.items() if any(set(c) - {UNKNOWN} for c in table.values())}


def by_role(rows: pd.DataFrame, column: str) -> dict[str, dict[str, int]]:
    """Photos | drawings -> value -> rows, the commonest first."""
    filled = rows[column].fillna(UNKNOWN).replace("", UNKNOWN)
    return {
        words: ordered({str(k): int(v) for k, v in filled[rows["role"] == role].value_counts().items()})
        for role, words in ROLES.items()
    }


def ordered(counts: Mapping[str, int]) -> dict[str, int]:
    """The commonest value first, the unknown ones last."""
    return dict(sorted(counts.items(), key=lambda item: (item[0] == UNKNOWN, -item[1], item[0])))


def by_years(counts: dict[str, int]) -> dict[str, int]:
    """The age bands from young to old, the unknown last."""
    return {band: counts[band] for band in (*AGE_BANDS, UNKNOWN) if band in counts}


def usable(found: pd.DataFrame) -> pd.DataFrame:
    """The journeys of pictures that came through quality, or as far as the stages have run."""
    kept: pd.DataFrame = found[found["reason"].isna() | found["stage"].isin(["align", "pair"])]
    return kept


def records(data: Path, found: pd.DataFrame) -> pd.DataFrame:
    """Licence, author, consent and its last day of every usable picture."""
    columns = ["id", "batch", "name", "licence", "author", "consent", "purpose", "expires"]
    rows = manifest.read_all(data / "ingest", manifest.INGEST, columns).to_pandas()
    joined: pd.DataFrame = usable(found)[["id", "batch", "name", "role"]].merge(rows, on=["id", "batch", "name"])
    return joined


def consent(rows: pd.DataFrame, today: str) -> Consent:
    """How the consents of the photos in use stand on that day (ISO date)."""
    photos = rows[rows["role"] == "photo"]
    ends = photos["expires"].fillna("")
    until = (date.fromisoformat(today) + timedelta(days=SOON)).isoformat()
    held = photos["consent"].fillna("") != ""
    days = sorted(Counter(str(day) for day in ends if day).items())
    return Consent(
        held=int(held.sum()),
        missing=int((~held).sum()),
        expired=int(((ends != "") & (ends < today)).sum()),
        soon=int(((ends >= today) & (ends <= until)).sum()),
        days=tuple(days),
    )


def pairs(data: Path) -> pd.DataFrame:
    """data/pair.parquet; no row where there is none yet."""
    if not (data / "pair.parquet").is_file():
        none: pd.DataFrame = manifest.PAIR.empty_table().to_pandas()
        return none
    rows: pd.DataFrame = manifest.read(data / "pair.parquet", manifest.PAIR).to_pandas()
    return rows


def pair_table(rows: pd.DataFrame) -> dict[str, dict[str, int]]:
    """Method -> status -> pairs."""
    counts = Counter(zip(rows["method"], rows["status"], strict=True))
    methods = sorted({method for method, _ in counts})
    return {m: {s: counts[m, s] for s in ("accepted", "candidate", "rejected")} for m in methods}


def splits(rows: pd.DataFrame) -> dict[str, dict[str, int]]:
    """Split -> people, photos' faces, accepted pairs."""
    found = {}
    for split in SPLITS:
        own = rows[rows["split"] == split]
        accepted = int((own["status"] == "accepted").sum())
        found[split] = {"people": own["person"].nunique(), "faces": own["photo"].nunique(), "pairs": accepted}
    return found


def batches(data: Path, found: pd.DataFrame) -> list[Step]:
    """Every batch and role in order of arrival: files that came, pictures that are of use."""
    place: dict[str, int] = {}
    if (data / "batches.parquet").is_file():
        rows = manifest.read(data / "batches.parquet", manifest.BATCH, ["batch", "position"]).to_pylist()
        place = {row["batch"]: row["position"] for row in rows}
    taken = found.groupby(["batch", "role"]).size()
    kept = usable(found).groupby(["batch", "role"]).size()
    order = sorted(taken.index, key=lambda key: (place.get(key[0], len(place)), key))
    return [Step(b, ROLES[r], int(taken[b, r]), int(kept.get((b, r), 0)), []) for b, r in order]


def copies(data: Path) -> tuple[int, list[Copies]]:
    """How many groups of copies there are, and the largest ones."""
    if not (data / "dedupe.parquet").is_file():
        return 0, []
    rows = manifest.read(data / "dedupe.parquet", manifest.DEDUPE).to_pandas()
    rows = rows[rows.groupby(["role", "cluster"])["id"].transform("size") > 1]
    groups = sorted(rows.groupby(["role", "cluster"]), key=lambda item: (-len(item[1]), item[0]))
    return len(groups), [group for _, members in groups[:GROUPS] if (group := _copies(members))]


def _copies(members: pd.DataFrame) -> Copies | None:
    kept = members[members["keep"]]
    if kept.empty:
        return None
    others = members[~members["keep"]].sort_values(["distance", "id"]).head(MEMBERS)
    return Copies(str(kept["id"].iloc[0]), tuple((str(r["id"]), _how_near(r)) for r in others.to_dict("records")),
                  len(members))  # fmt: skip


def _how_near(row: dict[Any, Any]) -> str:
    return "the same pixels" if row["reason"] == "exact_duplicate" else f"hashes {int(row['distance'])} bits apart"
