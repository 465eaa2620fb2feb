"""What changed since the last release, face by face, as the page shows it: counts, then pictures."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tasks.judging.summary import BY_NAME
from tasks.judging.turnover import Changed, Turnover
from tasks.pages.words import number
from tasks.surveying.reasons import WORDS

SHOWN = 12  # faces of a kind
TURNS: dict[Literal["broken", "worse", "mended", "better"], str] = {
    "broken": "no longer fit to ship",
    "worse": "less like the person",
    "mended": "fit to ship again",
    "better": "more like the person",
}


@dataclass(frozen=True)
class Difference:
    """A face before and after, and why it counts."""

    face: int  # row of the result
    note: str


@dataclass(frozen=True)
class Kind:
    """All faces that went one way, the first ones with pictures."""

    name: str
    words: str
    count: int
    faces: list[Difference]


def kinds(turnover: Turnover) -> list[Kind]:
    """Every way that a face can go, the bad ones first."""
    found = ((name, words, turnover.those(name)) for name, words in TURNS.items())
    return [
        Kind(name, words, len(faces), [_difference(face) for face in faces[:SHOWN]]) for name, words, faces in found
    ]


def shown(turnover: Turnover, faces: list[str]) -> Iterator[int]:
    """Rows of the result whose pictures the page shows: of each kind, and of the new faces."""
    yield from (difference.face for kind in kinds(turnover) for difference in kind.faces)
    yield from newcomers(turnover, faces)


def newcomers(turnover: Turnover, faces: list[str]) -> list[int]:
    """Rows of the first new faces."""
    rows = {face: row for row, face in enumerate(faces)}
    return [rows[face] for face in turnover.new[:SHOWN]]


def _difference(face: Changed) -> Difference:
    identity = BY_NAME["identity"]
    moved = f"{number(identity, face.before)} → {number(identity, face.after)}"
    return Difference(face.face, f"{moved}, {WORDS.get(face.reason, face.reason)}" if face.reason else moved)
