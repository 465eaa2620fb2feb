import re

import numpy as np
import pytest

from tasks.after import colour, steps
from tasks.after.steps import Steps, finish
from tasks.core.errors import UserError
from tasks.styles.cel import cel
from tests.after.faces import face

PHOTO, MARKS = face("hopper")
DRAWING = cel(PHOTO)


@pytest.mark.parametrize(
    "on", [Steps(denoise=20), Steps(colour=1), Steps(grey_world=1), Steps(sharpen=1), Steps(strength=0.5)]
)
def test_each_step_changes_the_drawing_and_none_changes_nothing(on: Steps) -> None:
    assert np.array_equal(finish(PHOTO, DRAWING, Steps(), MARKS), DRAWING)
    assert not np.array_equal(finish(PHOTO, DRAWING, on, None), DRAWING)


def test_strength_zero_is_the_photo_to_the_byte() -> None:
    assert np.array_equal(finish(PHOTO, DRAWING, Steps(lens=1, hair=1, sharpen=1, strength=0), MARKS), PHOTO)


def test_without_a_face_nothing_is_guarded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "guard", lambda *_: pytest.fail("guarded"))
    assert np.array_equal(finish(PHOTO, DRAWING, Steps(lens=1, hair=1), None), DRAWING)


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"denoise": -1.0}, "stylize.denoise is -1.0; use 0 (off) to 100"),
        ({"sharpen": 4.0}, "stylize.sharpen is 4.0; use 0 (off) to 3"),
        ({"hair": 1.5}, "stylize.hair is 1.5; use 0 (off) to 1"),
        ({"strength": 2.0}, "stylize.strength is 2.0; use 0 (the photo) to 1 (the drawing)"),
    ],
)
def test_a_setting_out_of_its_range_is_named(given: dict[str, float], fault: str) -> None:
    with pytest.raises(UserError, match=re.escape(fault)):
        Steps(**given)


def test_colour_comes_back_to_the_photos() -> None:
    tinted = np.ascontiguousarray(PHOTO[..., ::-1])
    mended = colour.colour_from(PHOTO, tinted, 1.0)
    before, after = (np.abs(p.mean((0, 1)) - PHOTO.mean((0, 1))).max() for p in (tinted, mended))
    assert after < 0.3 * before


def test_light_stays_where_colour_is_taken_over() -> None:
    mended = colour.colour_from(DRAWING, DRAWING, 1.0)
    assert np.abs(mended.astype(int) - DRAWING).max() <= 2


def test_the_grey_world_has_no_cast() -> None:
    tinted = np.clip(PHOTO * np.array([0.6, 0.8, 1.0]), 0, 255).astype(np.uint8)
    assert np.ptp(colour.grey_world(tinted, 1.0).mean((0, 1))) < 0.2 * np.ptp(tinted.mean((0, 1)))
    assert np.array_equal(colour.grey_world(tinted, 0.0), tinted)
