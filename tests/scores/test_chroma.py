import numpy as np
import pytest
from skimage.color import lab2rgb

from tasks.core.image import Image
from tasks.scores import chroma
from tests.scores.faces68 import SIDE, plain_face


def plain(colour: tuple[int, int, int]) -> Image:
    return np.full((SIDE, SIDE, 3), colour, np.uint8)


@pytest.mark.parametrize("shift", [(0.0, 0.0), (6.0, 8.0), (-9.0, 12.0)])
def test_a_known_shift_in_lab_is_measured_as_its_length(shift: tuple[float, float]) -> None:
    def colour(a: float, b: float) -> Image:
        return np.broadcast_to((lab2rgb([65.0, a, b]) * 255).round().astype(np.uint8), (SIDE, SIDE, 3)).copy()

    photo, output = colour(18, 20), colour(18 + shift[0], 20 + shift[1])
    expected = float(np.hypot(*shift))
    assert chroma.chroma_shift(photo, output, plain_face()) == pytest.approx(expected, abs=0.5)


def test_the_background_may_change_at_will() -> None:
    photo, output = plain((200, 160, 140)), plain((200, 160, 140))
    output[:60] = (0, 0, 255)
    assert chroma.chroma_shift(photo, output, plain_face()) == 0


def test_a_change_of_lightness_alone_is_no_shift() -> None:
    assert chroma.chroma_shift(plain((200, 200, 200)), plain((80, 80, 80)), plain_face()) < 0.1


def test_landmarks_outside_the_picture_have_no_colour_to_compare() -> None:
    assert np.isnan(chroma.chroma_shift(plain((9, 9, 9)), plain((9, 9, 9)), plain_face() + 1000))
