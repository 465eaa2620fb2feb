"""What a reviewer is offered: candidate pairs, the likeliest first, and labels, the least certain first.

What is about as interesting is one band, and in a band every reviewer has an order of their own.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tasks.core import shards
from tasks.core.manifest import ATTRIBUTES
from tasks.reviewing.decisions import LABEL, PAIR, Decision
from tasks.reviewing.opinions import REVIEWED, unsigned

SCORES = 20  # bands of a pair's score, from 0 to 1
TURNS = 10  # labels of each attribute in one band
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

    @property
    def faces(self) -> tuple[str, ...]:
        """The faces to look at."""
        return self.photo, self.anime

    @property
    def band(self) -> tuple[int, int]:
        """Assigned drawings before the next best, higher scores first."""
        return self.rank, -int(self.score * SCORES)


@dataclass(frozen=True)
class Question:
    """A label that may be wrong: its face, value, score 0..1 and origin, and the values it could have.

    `turn` is its place among those of its attribute, the least certain at 0.
    """

    of: str
    photo: str
    attribute: str
    value: str
    score: float
    origin: str
    options: tuple[str, ...]
    turn: int = 0
    kind: str = LABEL

    @property
    def faces(self) -> tuple[str, ...]:
        """The face to look at."""
        return (self.photo,)

    @property
    def band(self) -> tuple[int, int]:
        """Every attribute in turn, the least certain first."""
        return self.turn // TURNS, 0


Item = Candidate | Question


def candidates(pairs: Iterable[Mapping[str, Any]], labels: Mapping[str, Mapping[str, Any]]) -> list[Candidate]:
    """The matches that wait for a person or were decided by one: a second person is asked about a share of those.

    Why they match is told as it was, without what reviewers made of them. `labels` are the rows of LABEL by face_id.
    """
    rows = [row for row in pairs if row["method"] == "match" and (row["status"] == "candidate" or _seen(row))]
    rows.sort(key=lambda row: (row["rank"], -row["score"], row["pair_id"]))
    return [
        Candidate(
            f"{row['photo']}/{row['anime']}",
            row["photo"],
            row["anime"],
            round(row["score"], 3),
            row["rank"],
            unsigned(row["reasons"]),
            _compared(labels.get(row["photo"], {}), labels.get(row["anime"], {})),
        )
        for row in rows
    ]


def ordered(items: Iterable[Item], reviewer: str) -> list[Item]:
    """Band after band, each in the reviewer's own order, which is the same every time."""
    return sorted(items, key=lambda item: (item.kind, item.band, shards.digest(reviewer, item.of)))


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


def _seen(row: Mapping[str, Any]) -> bool:
    return REVIEWED in (row["reasons"] or "")


def _compared(photo: Mapping[str, Any], anime: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """What is told of either face."""
    both = {name: (str(photo.get(name, "unknown")), str(anime.get(name, "unknown"))) for name in ATTRIBUTES}
    return {name: values for name, values in both.items() if values != ("unknown", "unknown")}
