"""What changed since the last refresh: files that came, that are gone, and that another reason or none takes now."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from tasks.surveying.journey import PRIVATE

FILE = ["batch", "name"]
UNSEEN = (*PRIVATE, "unreachable", "not_found", "opted_out", "too_many_bytes")  # their ids are not of their bytes
SHOWN = 6


@dataclass(frozen=True)
class Change:
    """Files of one batch that came or went, or of all batches that took the same turn; ids of a few of them."""

    batch: str
    role: str
    before: str  # the stage it ended at and the reason, as `outcome` writes them; empty: it was not there
    after: str
    count: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Changes:
    """`first`: there is nothing to compare with."""

    first: bool
    new: list[Change]
    gone: list[Change]
    moved: list[Change]

    @property
    def counts(self) -> Mapping[str, int]:
        """How many files came, went and took another turn."""
        groups = {"new": self.new, "gone": self.gone, "moved": self.moved}
        return {name: sum(change.count for change in group) for name, group in groups.items()}


def compare(before: pd.DataFrame | None, after: pd.DataFrame) -> Changes:
    """Two snapshots beside each other; the first one has no former."""
    if before is None:
        return Changes(True, [], [], [])
    unseen = files(pd.concat([rows[rows["reason"].isin(UNSEEN)] for rows in (before, after)]))
    sides = [rows.assign(how=outcome(rows), bytes=marks(rows, unseen)) for rows in (before, after)]
    both = sides[0].merge(sides[1], on=[*FILE, "bytes"], how="outer", suffixes=("_before", "_after"), indicator=True)
    for name in ("id", "role"):
        both[name] = both[f"{name}_after"].fillna(both[f"{name}_before"])
    both[["how_before", "how_after"]] = both[["how_before", "how_after"]].fillna("")
    moved = both[(both["_merge"] == "both") & (both["how_before"] != both["how_after"])]
    return Changes(
        False,
        grouped(both[both["_merge"] == "right_only"], ["batch", "role"]),
        grouped(both[both["_merge"] == "left_only"], ["batch", "role"]),
        grouped(moved, ["role", "how_before", "how_after"]),
    )


def files(rows: pd.DataFrame) -> pd.MultiIndex:
    """Batch and name of each row."""
    return pd.MultiIndex.from_frame(rows[FILE])


def marks(rows: pd.DataFrame, unseen: pd.MultiIndex) -> "pd.Series[str]":
    """What tells a file from another under its name: its bytes, or nothing where either refresh did not see them."""
    return rows["id"].mask(files(rows).isin(unseen), "")


def outcome(rows: pd.DataFrame) -> "pd.Series[str]":
    """'quality: dark' for what a reason took, the stage alone for what came through as far as the stages have run."""
    return rows["stage"] + (": " + rows["reason"]).fillna("")


def grouped(rows: pd.DataFrame, by: list[str]) -> list[Change]:
    """The rows by those columns, the largest group first."""
    found = []
    for _, group in rows.groupby(by, sort=True):
        one = {name: group[name].iloc[0] if name in by else "" for name in ("batch", "role", "how_before", "how_after")}
        showable = group[~group["reason_after"].isin(PRIVATE)]
        examples = tuple(showable["id"].drop_duplicates().sort_values().head(SHOWN).astype(str))
        found.append(Change(one["batch"], one["role"], one["how_before"], one["how_after"], len(group), examples))
    return sorted(found, key=lambda change: (-change.count, change.batch, change.role, change.before, change.after))
