import numpy as np
import pytest
from skimage.color import lab2rgb, rgb2lab

from tasks.core.image import Image
from tasks.scores import chroma
from tests.scores.faces68 import SIDE, plain_face


def plain(colour: tuple[int, int, int]) -> Image:
    return np.full((SIDE, SIDE, 3), colour, np.uint8)


def test_the_region_is_on_the_cheeks_and_nose_and_not_on_eyes_mouth_or_background() -> None:
    mask = chroma.skin_mask(plain_face(), SIDE, SIDE)
    inside = {"right cheek": (95, 140), "left cheek": (161, 140), "nose": (128, 140)}
    outside = {"eye": (93, 102), "mouth": (128, 175), "brow": (95, 85), "chin": (128, 195), "corner": (5, 5)}
    assert {name: bool(mask[y, x]) for name, (x, y) in inside.items()} == dict.fromkeys(inside, True)
    assert {name: bool(mask[y, x]) for name, (x, y) in outside.items()} == dict.fromkeys(outside, False)


def test_the_mean_colour_equals_scikit_images() -> None:
    image = np.random.default_rng(0).integers(0, 256, size=(SIDE, SIDE, 3), dtype=np.uint8)
    mask = chroma.skin_mask(plain_face(), SIDE, SIDE)
    expected = rgb2lab(image)[mask].mean(axis=0)
    np.testing.assert_allclose(chroma.mean_colour(image, mask), expected, atol=0.1)  # OpenCV takes cube roots by table


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


@pytest.mark.parametrize(
    ("light", "blue_yellow", "angle"), [(70.0, 20.0, 45.0), (50.0, 20.0, 0.0), (30.0, 20.0, -45.0)]
)
def test_the_typology_angle_of_worked_cases(light: float, blue_yellow: float, angle: float) -> None:
    colour = (lab2rgb([light, 10.0, blue_yellow]) * 255).round().astype(np.uint8)
    image = np.broadcast_to(colour, (SIDE, SIDE, 3)).copy()
    assert chroma.typology_angle(image, plain_face()) == pytest.approx(angle, abs=2)
    assert np.isnan(chroma.typology_angle(image, plain_face() + 1000))
