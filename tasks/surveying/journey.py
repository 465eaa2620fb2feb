"""How far every picture came: the stage that it ended at, and the reason, if one took it."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pyarrow as pa

from tasks.core import manifest
from tasks.surveying.reasons import SHOWN, WORDS, Reason, Reject, Step, note

STAGES = ("ingest", "dedupe", "quality", "align", "pair")
ORDER = {stage: number for number, stage in enumerate(STAGES)}
SNAPSHOT = pa.schema([(name, pa.string()) for name in ("batch", "name", "id", "role", "stage", "reason")])
KEY = ["id", "batch", "number"]
COLUMNS = [*SNAPSHOT.names, "value", "limit", "detail", "duplicate_of"]
PRIVATE = ("licence", "no_consent", "consent_expired", "purpose")  # nobody allowed us to show these
PAIRED = (("accepted", None), ("candidate", "to_review"), ("rejected", "all_rejected"))  # status, reason; best first


def journeys(data: Path) -> pd.DataFrame:
    """One row per file taken in, in order of batch and name; a stage that has not run ends nobody's way."""
    rows = manifest.read_all(data / "ingest", manifest.INGEST, ["id", "role", "batch", "name", "reason", "detail"])
    found = rows.to_pandas().assign(stage="ingest", value=float("nan"), limit=float("nan"), duplicate_of=None)
    for stage, schema, columns in (
        ("dedupe", manifest.DEDUPE, ["id", "batch", "reason", "duplicate_of"]),
        ("quality", manifest.QUALITY, ["id", "batch", "reason", "value", "limit"]),
    ):
        if (data / f"{stage}.parquet").is_file():
            onwards(found, stage, manifest.read(data / f"{stage}.parquet", schema, columns).to_pandas())
    if manifest.shards(data / "align"):
        faces = manifest.read_all(data / "align", manifest.ALIGN, ["id", "batch", "face_id"]).to_pandas()
        ends(found, "align", faces.drop_duplicates(["id", "batch"]).assign(reason=None), "not_aligned")
        if (data / "pair.parquet").is_file():
            ends(found, "pair", paired(faces, data / "pair.parquet"), "no_pair")
    ordered: pd.DataFrame = found[COLUMNS].sort_values(["batch", "name"], ignore_index=True)
    return ordered


def onwards(found: pd.DataFrame, stage: str, decided: pd.DataFrame) -> None:
    """Move the pictures that nothing took so far to the stage, with what it decided, in place.

    A batch may hold a file under several names: both tables have these in one order.
    """
    keyed = numbered(decided).set_index(KEY)
    going = found["reason"].isna()
    keys = pd.MultiIndex.from_frame(numbered(found.loc[going, KEY[:-1]]))
    there = keys.isin(keyed.index)
    here, told = found.index[going][there], keyed.loc[keys[there]]
    found.loc[here, "stage"] = stage
    for column in keyed.columns:
        found.loc[here, column] = told[column].to_numpy()


def numbered(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows, each with its number among those of its file in its batch."""
    return rows.assign(number=rows.groupby(KEY[:-1]).cumcount())


def ends(found: pd.DataFrame, stage: str, decided: pd.DataFrame, missing: str) -> None:
    """The same, and the pictures which the stage does not speak of end there with the reason `missing`."""
    came = found.index[found["reason"].isna()]
    onwards(found, stage, decided[["id", "batch", "reason"]])
    lost = [row for row in came if found.at[row, "stage"] != stage]
    found.loc[lost, ["stage", "reason"]] = [stage, missing]


def paired(faces: pd.DataFrame, path: Path) -> pd.DataFrame:
    """id, batch and reason of every picture that is in a pair; None where one is accepted."""
    rows = manifest.read(path, manifest.PAIR, ["photo", "anime", "status"]).to_pandas()
    sides = pd.concat([rows[[side, "status"]].set_axis(["face_id", "status"], axis=1) for side in ("photo", "anime")])
    known = sides.dropna(subset="face_id").merge(faces, on="face_id")
    rank = known["status"].map({status: number for number, (status, _) in enumerate(PAIRED)})
    best = known.assign(rank=rank).groupby(["id", "batch"], as_index=False)["rank"].min()
    reasons = pd.Series([PAIRED[number][1] for number in best["rank"]], best.index, dtype=object)
    decided: pd.DataFrame = best.assign(reason=reasons)
    return decided


def snapshot(found: pd.DataFrame) -> pa.Table:
    """What the next refresh is compared with."""
    return pa.Table.from_pandas(found[SNAPSHOT.names], schema=SNAPSHOT, preserve_index=False)


def rejects(found: pd.DataFrame) -> dict[tuple[str, str, str], list[tuple[str, str]]]:
    """(role, stage, reason) -> the first few (id, note) that it took, of reasons that let one show them."""
    groups = found[found["reason"].notna()].sort_values("id").groupby(["role", "stage", "reason"])
    return {
        (str(role), str(stage), str(reason)): [(str(r["id"]), note(r)) for r in records(rows.head(SHOWN))]
        for (role, stage, reason), rows in groups
        if reason not in PRIVATE
    }


def records(rows: pd.DataFrame) -> list[dict[str, object]]:
    """The rows as plain values, None for what is missing."""
    return [
        {str(name): None if value is None or value != value else value for name, value in row.items()}
        for row in rows.to_dict("records")
    ]


def steps(found: pd.DataFrame, role: str, pictures: Mapping[str, str]) -> list[Step]:
    """The funnel of one role, every stage counted in pictures; `pictures`: 'ingest/<id>' -> address in the page."""
    own = found[found["role"] == role]
    at = own["stage"].map(ORDER)
    taken = rejects(own)
    last = int(at.max()) if len(own) else -1
    return [_step(own, at, stage, role, taken, pictures) for stage in STAGES[: last + 1]]


def _step(
    own: pd.DataFrame,
    at: "pd.Series[int]",
    stage: str,
    role: str,
    taken: Mapping[tuple[str, str, str], list[tuple[str, str]]],
    pictures: Mapping[str, str],
) -> Step:
    here = own[(own["stage"] == stage) & own["reason"].notna()]["reason"].value_counts()
    counts = sorted(((str(reason), int(count)) for reason, count in here.items()), key=lambda item: (-item[1], item[0]))
    reasons = [
        Reason(
            name,
            WORDS.get(name, name.replace("_", " ")),
            count,
            [Reject(pictures.get(f"ingest/{one}", ""), said) for one, said in taken.get((role, stage, name), [])],
        )
        for name, count in counts
    ]
    came = int((at >= ORDER[stage]).sum())
    return Step(stage, "photos" if role == "photo" else "drawings", came, came - sum(r.count for r in reasons), reasons)
