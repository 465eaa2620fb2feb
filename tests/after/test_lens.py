import numpy as np
import pytest

from tasks.after import lens
from tasks.core.image import Image
from tests.after.faces import face

BRIGHT, MARKS = face()
PHOTO = np.asarray(BRIGHT * 0.5, np.uint8)
X, Y = (round(float(value)) for value in MARKS[41] + [0, 14])  # below the eye on the left: inside a lens


@pytest.fixture(autouse=True)
def glasses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lens, "worn", lambda *_: True)


def with_fleck(picture: Image, colour: tuple[int, int, int], x: int = X, y: int = Y) -> Image:
    found = picture.copy()
    found[y - 2 : y + 3, x - 2 : x + 3] = colour
    return found


@pytest.mark.parametrize("colour", [(255, 255, 255), (255, 40, 40), (40, 255, 40)])
def test_a_fleck_that_the_photo_has_not_goes(colour: tuple[int, int, int]) -> None:
    spoilt = with_fleck(PHOTO, colour)
    mended = lens.guarded(PHOTO, spoilt, MARKS, 1.0)
    before, after = (np.abs(p[Y, X].astype(int) - PHOTO[Y, X]).max() for p in (spoilt, mended))
    assert after < 0.5 * before
    assert lens.flecks(PHOTO, mended, MARKS) < lens.flecks(PHOTO, spoilt, MARKS)


def test_a_highlight_of_the_photo_stays() -> None:
    lit = with_fleck(PHOTO, (255, 255, 255))
    assert np.array_equal(lens.guarded(lit, lit, MARKS, 1.0)[Y, X], lit[Y, X])


def test_a_dark_line_stays_whatever_the_photo_has() -> None:
    ruled = with_fleck(PHOTO, (0, 0, 0))
    assert lens.guarded(PHOTO, ruled, MARKS, 1.0)[Y, X].max() < 40


def test_beside_the_lenses_nothing_changes() -> None:
    spoilt = with_fleck(PHOTO, (255, 255, 255), y=220)
    mended = lens.guarded(PHOTO, spoilt, MARKS, 1.0)
    assert np.array_equal(mended[200:], spoilt[200:])


def test_a_face_without_glasses_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    spoilt = with_fleck(PHOTO, (255, 255, 255))
    assert lens.guarded(PHOTO, spoilt, MARKS, 1.0) is spoilt
    assert lens.flecks(PHOTO, spoilt, MARKS) == 0


def test_lenses_beyond_the_picture_are_no_fault() -> None:
    away = MARKS + np.array([1000.0, 0.0])
    assert lens.guarded(PHOTO, PHOTO, away, 1.0) is PHOTO
