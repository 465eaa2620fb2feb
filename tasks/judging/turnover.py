"""What changed since the last release, face by face: who is new, who is gone, whose drawing is better or worse."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from tasks.judging.summary import Column

Turn = Literal["mended", "broken", "better", "worse"]


@dataclass(frozen=True)
class Changed:
    """A face that both models drew: its identity before and after, and what went which way."""

    face: int  # row of the result
    turn: Turn
    before: float
    after: float
    reason: str  # why the face was not fit to ship before (mended) or is not now (broken); else empty


@dataclass(frozen=True)
class Turnover:
    """Faces that only one of two runs judged, and those whose drawing changed notably, the greatest change first."""

    new: tuple[str, ...]  # face ids
    gone: tuple[str, ...]
    changed: tuple[Changed, ...]

    def those(self, turn: Turn) -> list[Changed]:
        """The faces that went this way."""
        return [face for face in self.changed if face.turn == turn]


def turnover(
    faces: Sequence[str],
    former: Collection[str] | None,
    identity: tuple[Column, Column],
    reasons: tuple[Sequence[str | None], Sequence[str | None]],
    notable: float,
) -> Turnover:
    """`identity` and `reasons` are those of the model before and of the new one, in the order of `faces`.

    `former` are the faces that the last release was judged on, None where that is unknown: then none is new or gone.
    Better and worse are changes of identity by `notable` or more; a face that became fit to ship is mended, one that
    is so no longer is broken, whatever its identity.
    """
    before, after = identity
    found = []
    for row in range(len(faces)):
        turn = _turn(reasons[0][row], reasons[1][row], float(after[row] - before[row]), notable)
        if turn is not None:
            reason = reasons[0][row] if turn == "mended" else reasons[1][row] if turn == "broken" else None
            found.append(Changed(row, turn, float(before[row]), float(after[row]), reason or ""))
    known = set(faces) if former is None else set(former)
    return Turnover(
        tuple(sorted(set(faces) - known)),
        tuple(sorted(known - set(faces))),
        tuple(sorted(found, key=lambda face: (-abs(face.after - face.before), face.face))),
    )


def _turn(before: str | None, after: str | None, gain: float, notable: float) -> Turn | None:
    if before and not after:
        return "mended"
    if after and not before:
        return "broken"
    if np.isnan(gain) or abs(gain) < notable:
        return None
    return "better" if gain > 0 else "worse"
