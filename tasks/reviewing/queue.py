"""What a reviewer is offered: candidate pairs, the likeliest first, and labels, the least certain first."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tasks.core import shards
from tasks.core.manifest import ATTRIBUTES
from tasks.reviewing.decisions import LABEL, PAIR, Decision

REASONS = ("pose", "expression", "hair", "age", "drawing")  # why a pair is rejected; the number keys give them


@dataclass(frozen=True)
class Candidate:
    """A matched pair: its faces, how well and why they match, and the labels of both, attribute -> value."""

    of: str
    photo: str
    anime: str
    score: float
    rank: int
    reasons: str
    labels: dict[str, tuple[str, str]]  # attribute -> of the photo, of the drawing
    options: tuple[str, ...] = REASONS
    kind: str = PAIR


@dataclass(frozen=True)
class Question:
    """A label that may be wrong: its face, value, score 0..1 and origin, and the values it could have."""

    of: str
    photo: str
    attribute: str
    value: str
    score: float
    origin: str
    options: tuple[str, ...]
    kind: str = LABEL


Item = Candidate | Question


def candidates(pairs: Iterable[Mapping[str, Any]], labels: Mapping[str, Mapping[str, Any]]) -> list[Candidate]:
    """The pairs that wait for a person: the assigned drawings before the next best, higher scores first.

    `labels` are the rows of LABEL by face_id.
    """
    rows = [row for row in pairs if row["method"] == "match" and row["status"] == "candidate"]
    rows.sort(key=lambda row: (row["rank"], -row["score"], row["pair_id"]))
    return [
        Candidate(
            f"{row['photo']}/{row['anime']}",
            row["photo"],
            row["anime"],
            round(row["score"], 3),
            row["rank"],
            row["reasons"] or "",
            _compared(labels.get(row["photo"], {}), labels.get(row["anime"], {})),
        )
        for row in rows
    ]


def offered(
    items: Iterable[Item], mine: Mapping[str, Decision], others: Collection[str], overlap: float, again: bool = False
) -> list[Item]:
    """What is next, in order: what I have not decided, and of what others have, a share of `overlap`, 0 to 1.

    `mine` are my standing decisions and `others` the things that others decided; with `again`, what I have skipped.
    """
    if again:
        return [item for item in items if item.of in mine and mine[item.of].act == "skip"]
    return [item for item in items if item.of not in mine and (item.of not in others or share(item.of) < overlap)]


def share(of: str) -> float:
    """A place in 0..1 that follows from the thing alone, so that every reviewer is asked about the same ones again."""
    return int(shards.digest(of)[:8], 16) / 16**8


def _compared(photo: Mapping[str, Any], anime: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """What is told of either face."""
    both = {name: (str(photo.get(name, "unknown")), str(anime.get(name, "unknown"))) for name in ATTRIBUTES}
    return {name: values for name, values in both.items() if values != ("unknown", "unknown")}
