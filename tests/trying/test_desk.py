import gc
import weakref

import numpy as np
import pytest

from tasks.trying.desk import Desk, Sheet


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(clock: Clock) -> Desk:
    return Desk(seats=2, patience=60, clock=clock)


def sheet() -> Sheet:
    return Sheet(np.zeros((4, 4, 3), np.uint8))


def put(desk: Desk, session: str, laid: Sheet) -> str:
    """Seat the session, and lay its sheet down."""
    desk.seat(session)
    key = desk.put(session, laid)
    assert key is not None
    return key


def test_a_session_keeps_its_key_and_no_other_is_shown_under_it(desk: Desk) -> None:
    first, second = sheet(), sheet()
    key, other = put(desk, "ada", first), put(desk, "bob", second)
    assert key != other and len(key) >= 32
    assert desk.under(key) is first and desk.under(other) is second
    assert desk.put("ada", second) == key
    assert desk.under(key) is second
    assert [desk.under(wrong) for wrong in (key[:-1], "é", "\udce9")] == [None] * 3


def test_on_a_full_desk_the_one_that_waited_longest_goes(desk: Desk) -> None:
    for session in ("ada", "bob"):
        put(desk, session, sheet())
    desk.of("ada")
    put(desk, "eve", sheet())
    assert [desk.of(session) is not None for session in ("ada", "bob", "eve")] == [True, False, True]


def test_what_nobody_uses_expires_and_every_use_counts(desk: Desk, clock: Clock) -> None:
    key = put(desk, "ada", sheet())
    clock.now = 50
    assert desk.of("ada") is not None
    clock.now = 100
    desk.sweep()
    assert desk.under(key) is not None
    clock.now = 111
    assert desk.of("ada") is None
    assert desk.under(key) is None
    assert len(desk) == 0


@pytest.mark.parametrize("end", ["leave", "sweep"])
def test_the_end_of_a_session_frees_its_memory(desk: Desk, clock: Clock, end: str) -> None:
    photo = np.zeros((8, 8, 3), np.uint8)
    left = weakref.ref(photo)
    put(desk, "ada", Sheet(photo))
    del photo
    clock.now = 1000
    desk.leave("ada") if end == "leave" else desk.sweep()
    gc.collect()
    assert left() is None


def test_who_left_nothing_may_leave(desk: Desk) -> None:
    desk.leave("nobody")
    assert desk.of("nobody") is None


def test_who_has_left_gets_nothing_laid_down(desk: Desk) -> None:
    key = put(desk, "ada", sheet())
    desk.leave("ada")
    assert desk.put("ada", sheet()) is None
    assert desk.under(key) is None
    assert len(desk) == 0
