import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tasks.faces.hair_mask import hair_mask
from tasks.training.hair import COLOURS, DARK, darkened, recoloured
from tests.training.collection import HAIR_COLOUR, SIZE, SKIN_COLOUR, lab, landmarks, portrait, strands


@pytest.mark.parametrize("hair", [HAIR_COLOUR, (40, 30, 28), (200, 60, 40)])
def test_hair_is_found_and_the_face_and_what_is_behind_are_not(hair: tuple[int, int, int]) -> None:
    mask, truth = hair_mask(portrait(hair), landmarks(SIZE)), strands(hair)
    assert mask.shape == (SIZE, SIZE) and mask.min() >= 0 and mask.max() <= 1
    assert mask[truth].mean() > 0.85
    assert mask[cv2.dilate(truth.astype(np.uint8), np.ones((7, 7))) == 0].mean() < 0.02


@pytest.mark.parametrize("points", [landmarks(SIZE), np.zeros((68, 2)), landmarks(SIZE) + 1000])
def test_where_there_is_no_telling_no_hair_is_found(points: NDArray[np.float64]) -> None:
    bald = np.full((SIZE, SIZE, 3), SKIN_COLOUR, np.uint8)
    assert not hair_mask(bald, points).any()


@pytest.mark.parametrize("word", COLOURS)
def test_hair_gets_the_colour_and_the_rest_keeps_its_own(word: str) -> None:
    picture, mask = portrait(), strands().astype(np.float32)
    changed = recoloured(picture, mask, COLOURS[word])
    assert np.abs(lab(changed[strands()]) - COLOURS[word]).max() < 6  # some are outside of sRGB
    np.testing.assert_array_equal(changed[~strands()], picture[~strands()])


@pytest.mark.parametrize("word", DARK)
def test_darkened_hair_is_dark_and_keeps_its_strands(word: str) -> None:
    mask = strands().astype(np.float32)
    light = portrait().astype(int) + 40 * (np.arange(SIZE) // 4 % 2)[:, None]
    changed = darkened(light.clip(0, 255).astype(np.uint8), mask, word)
    assert np.abs(lab(changed[strands()]) - DARK[word]).max() < 3
    assert changed[strands()].std(axis=0).min() > 4


def test_hair_that_is_dark_already_stays() -> None:
    picture = portrait((15, 12, 12))
    mask = hair_mask(picture, landmarks(SIZE))
    np.testing.assert_array_equal(darkened(picture, mask, "black"), picture)
    assert mask.any()


def test_a_picture_without_hair_stays() -> None:
    none = np.zeros((SIZE, SIZE), np.float32)
    np.testing.assert_array_equal(recoloured(portrait(), none, COLOURS["pink"]), portrait())
    np.testing.assert_array_equal(darkened(portrait(), none, "black"), portrait())
