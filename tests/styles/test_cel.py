import numpy as np

from tasks.sample import LOOKS, portrait
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
