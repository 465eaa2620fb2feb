import numpy as np
import pytest

from tasks.core.image import Image, at_side
from tasks.faces.geometry import Matrix, warp
from tasks.sample import LOOKS, portrait
from tasks.styles.paste import feather, pasted, reach

PICTURE = at_side(portrait("collins", LOOKS[0]), 300)


def matrix(x: float, y: float, zoom: float, degrees: float) -> Matrix:
    """Picture -> crop of 128 pixels, whose middle is at x, y of the picture."""
    turn = zoom * np.array([[np.cos(np.radians(degrees)), np.sin(np.radians(degrees))]])
    rotation = np.vstack([turn, [-turn[0, 1], turn[0, 0]]])
    return np.hstack([rotation, 63.5 - rotation @ [[x], [y]]])


@pytest.mark.parametrize(("zoom", "degrees"), [(1.0, 0.0), (0.7, 25.0), (2.5, -90.0), (4.0, 10.0)])
def test_a_crop_goes_back_to_where_it_was_cut_out(zoom: float, degrees: float) -> None:
    place = matrix(150.3, 140.8, zoom, degrees)
    back = pasted(PICTURE, warp(PICTURE, place, 128), place)
    assert np.abs(back.astype(int) - PICTURE).mean() < 1
    assert np.percentile(np.abs(back.astype(int) - PICTURE), 99) <= 16


def test_the_mask_is_whole_in_the_middle_and_fades_without_a_step() -> None:
    place = matrix(150, 140, 1.0, 0.0)
    rows, columns = reach(place, 128, *PICTURE.shape[:2])
    mask = feather(place, 128, rows, columns)
    assert mask[140 - rows.start, 150 - columns.start] == 1
    assert max(mask[0].max(), mask[-1].max(), mask[:, 0].max(), mask[:, -1].max()) < 0.02
    assert np.abs(np.diff(mask, axis=1)).max() < 0.08


def test_beyond_the_mask_nothing_changes() -> None:
    place = matrix(150, 140, 1.0, 0.0)
    back = pasted(PICTURE, np.zeros((128, 128, 3), np.uint8), place)
    changed = (back != PICTURE).any(axis=2)
    assert changed[140, 150]
    rows, columns = np.nonzero(changed)
    assert np.hypot(rows - 140, columns - 150).max() < 64


@pytest.mark.parametrize("x", [0.0, -40.0, 299.0, 900.0])
def test_a_crop_may_reach_beyond_the_picture(x: float) -> None:
    place = matrix(x, 140, 1.0, 15.0)
    crop: Image = warp(PICTURE, place, 128)
    assert np.abs(pasted(PICTURE, crop, place).astype(int) - PICTURE).mean() < 1
