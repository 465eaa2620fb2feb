import numpy as np
import pytest

from tasks.sample import LOOKS, portrait
from tasks.styles import after
from tasks.styles.after import Steps
from tasks.styles.cel import Cel, Plane, cel, quantise


def test_a_drawing_is_flatter_than_its_photo_and_as_large() -> None:
    photo = portrait("collins", LOOKS[0])
    drawing = cel(photo)
    assert drawing.shape == photo.shape
    assert np.median(np.abs(np.diff(drawing.astype(int), axis=0))) <= np.median(
        np.abs(np.diff(photo.astype(int), axis=0))
    )


def test_shades_gather_around_their_steps() -> None:
    ramp = np.linspace(0, 100, 1000, dtype=np.float32)[None]
    shades = quantise(ramp, steps=5, hardness=3.0)
    assert apart(shades).mean() < 0.6 * apart(ramp).mean()


def apart(light: Plane) -> Plane:
    """How far each luminance is from the nearest of the shades 0, 20 .. 100."""
    return np.asarray(np.abs(light - np.rint(light / 20) * 20), np.float32)


def test_ink_darkens() -> None:
    photo = portrait("collins", LOOKS[0])
    assert cel(photo, Cel(ink_depth=1)).mean() < cel(photo, Cel(ink_depth=0)).mean()


@pytest.mark.parametrize("steps", [Steps(denoise=20), Steps(colour=1), Steps(sharpen=1), Steps(strength=0.5)])
def test_each_step_changes_the_drawing_and_none_changes_nothing(steps: Steps) -> None:
    photo = portrait("hopper", LOOKS[0])
    drawing = cel(photo)
    assert np.array_equal(after.finish(photo, drawing, Steps()), drawing)
    assert not np.array_equal(after.finish(photo, drawing, steps), drawing)


def test_strength_zero_is_the_photo_to_the_byte() -> None:
    photo = portrait("hopper", LOOKS[0])
    assert np.array_equal(after.finish(photo, cel(photo), Steps(strength=0)), photo)


def test_colour_comes_back_to_the_photos() -> None:
    photo = portrait("hopper", LOOKS[0])
    tinted = photo[..., ::-1]
    mended = after.colour_from(photo, np.ascontiguousarray(tinted), 1.0)
    assert (
        np.abs(mended.mean((0, 1)) - photo.mean((0, 1))).max() < np.abs(tinted.mean((0, 1)) - photo.mean((0, 1))).max()
    )
