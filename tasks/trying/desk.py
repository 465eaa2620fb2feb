"""What lies on the desk while somebody tries a photo: in memory alone, of a few sessions, and not for long."""

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from tasks.after.steps import Steps
from tasks.core.image import Image
from tasks.styles.draft import Draft
from tasks.styles.portrait import Wanted
from tasks.trying.generators import Generator


@dataclass(frozen=True)
class Times:
    """How many seconds it took: to load the generator (near 0 when it was there), to draw, to do the steps."""

    loading: float
    drawing: float
    steps: float


@dataclass(frozen=True, eq=False)
class Drawing:
    """A draft, who drew it, how and in what time, and the drawing after the steps."""

    draft: Draft
    generator: Generator
    digest: str  # sha256 of the generator's file
    wanted: Wanted
    runtime: str
    times: Times
    steps: Steps
    finished: Image


@dataclass(frozen=True, eq=False)
class Sheet:
    """A photo, h x w x 3, and what was drawn after it last."""

    photo: Image
    drawing: Drawing | None = None


@dataclass(frozen=True, eq=False)
class Seat:
    """A session's place: the key under which its pictures are shown, when it was used last, its sheet if any."""

    key: str
    used: float
    sheet: Sheet | None = None


class Desk:
    """Sheets by session: `seats` of them, each for `patience` seconds after its last use.

    Only `seat` gives a place, so that work which ends after its session has left lays nothing down.
    """

    def __init__(self, seats: int, patience: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seats: dict[str, Seat] = {}  # the least recently used first
        self._most, self._patience, self._clock = seats, patience, clock
        self._guard = threading.Lock()

    def seat(self, session: str) -> None:
        """Give the session a place with nothing on it; on a full desk the one that waited longest goes."""
        with self._guard:
            old = self._seats.pop(session, None)
            self._seats[session] = Seat(old.key if old else secrets.token_urlsafe(24), self._clock())
            while len(self._seats) > self._most:
                del self._seats[next(iter(self._seats))]

    def put(self, session: str, sheet: Sheet) -> str | None:
        """Lay down the session's sheet and give its key; None where it has no place, or no more."""
        with self._guard:
            seat = self._seats.pop(session, None)
            if seat is None:
                return None
            self._seats[session] = Seat(seat.key, self._clock(), sheet)
            return seat.key

    def of(self, session: str) -> Sheet | None:
        """The session's sheet, None where it lies here no more."""
        self.sweep()
        with self._guard:
            seat = self._seats.pop(session, None)
            if seat is None:
                return None
            self._seats[session] = replace(seat, used=self._clock())
            return seat.sheet

    def under(self, key: str) -> Sheet | None:
        """The sheet with that key, None where it lies here no more."""
        asked = key.encode("utf-8", "surrogatepass")  # compare_digest takes no text but ASCII
        with self._guard:
            seats = self._seats.values()
            return next((seat.sheet for seat in seats if secrets.compare_digest(seat.key.encode(), asked)), None)

    def leave(self, session: str) -> None:
        """Forget what the session left here."""
        with self._guard:
            self._seats.pop(session, None)

    def sweep(self) -> None:
        """Forget what nobody has used for too long."""
        before = self._clock() - self._patience
        with self._guard:
            self._seats = {session: seat for session, seat in self._seats.items() if seat.used >= before}

    def __len__(self) -> int:
        return len(self._seats)
