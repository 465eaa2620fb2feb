"""A pair with how it came about, and the manifest's rows of all: each once, and no drawing accepted on two sides."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from tasks.core import shards
from tasks.pairing.people import BETWEEN, Place

TWO_SIDES = "an earlier pair has its drawing on another side"


@dataclass(frozen=True)
class Pair:
    """A photo's face and its drawing, or a teacher's picture where `anime` is None; how it came about."""

    photo: str
    anime: str | None
    method: str
    score: float = 1.0
    rank: int = 1
    status: str = "accepted"
    reasons: str = ""
    teacher: str | None = None


def one_sided(pairs: Iterable[Pair], placed: dict[str, Place]) -> Iterator[Pair]:
    """The pairs in order; one that is accepted with a drawing of another side becomes a rejected one."""
    sides: dict[str, str] = {}
    for pair in pairs:
        split = placed[pair.photo].split
        if pair.status == "accepted" and pair.anime and split:
            picture = pair.anime.rpartition("-")[0]  # its other faces as well
            if sides.setdefault(picture, split) != split:
                pair = replace(pair, status="rejected", reasons=TWO_SIDES)
        yield pair


def rows_of(pairs: Iterable[Pair], placed: dict[str, Place]) -> list[dict[str, Any]]:
    """Rows of the manifest, in order of id; where two ways lead to one pair, the first in the list."""
    rows = {row["pair_id"]: row for row in (row_of(pair, placed[pair.photo]) for pair in reversed([*pairs]))}
    return [rows[key] for key in sorted(rows)]


def row_of(pair: Pair, place: Place) -> dict[str, Any]:
    """A pair's row; its id says what is paired, not how well."""
    id_ = shards.digest(pair.photo, pair.anime or "", pair.teacher or "")[:16]
    row = vars(pair) | {"pair_id": id_, "person": place.person, "split": place.split}
    return row if place.split else row | {"status": "rejected", "reasons": BETWEEN}
