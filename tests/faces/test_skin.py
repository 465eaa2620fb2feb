import numpy as np
import pytest
from skimage.color import lab2rgb, rgb2lab

from tasks.core.image import Image
from tasks.faces.skin import mean_colour, skin, skin_mask, tone, typology_angle
from tests.scores.faces68 import SIDE, plain_face


def plain(light: float, red: float, yellow: float) -> Image:
    colour = (lab2rgb(np.array([light, red, yellow], np.float64)) * 255).round().astype(np.uint8)
    return np.broadcast_to(colour, (SIDE, SIDE, 3)).copy()


def test_the_region_is_on_the_cheeks_and_nose_and_not_on_eyes_mouth_or_background() -> None:
    mask = skin_mask(plain_face(), SIDE, SIDE)
    inside = {"right cheek": (95, 140), "left cheek": (161, 140), "nose": (128, 140)}
    outside = {"eye": (93, 102), "mouth": (128, 175), "brow": (95, 85), "chin": (128, 195), "corner": (5, 5)}
    assert {name: bool(mask[y, x]) for name, (x, y) in inside.items()} == dict.fromkeys(inside, True)
    assert {name: bool(mask[y, x]) for name, (x, y) in outside.items()} == dict.fromkeys(outside, False)


def test_the_mean_colour_equals_scikit_images() -> None:
    image = np.random.default_rng(0).integers(0, 256, size=(SIDE, SIDE, 3), dtype=np.uint8)
    mask = skin_mask(plain_face(), SIDE, SIDE)
    expected = rgb2lab(image)[mask].mean(axis=0)
    np.testing.assert_allclose(mean_colour(image, mask), expected, atol=0.1)  # OpenCV takes cube roots by table


@pytest.mark.parametrize(
    ("angle", "name"),
    [(60, "light"), (41, "light"), (35, "intermediate"), (20, "tan"), (0, "brown or dark"), (float("nan"), "unknown")],
)
def test_a_typology_angle_has_a_tone(angle: float, name: str) -> None:
    assert tone(angle) == name


@pytest.mark.parametrize(
    ("light", "blue_yellow", "angle"), [(70.0, 20.0, 45.0), (50.0, 20.0, 0.0), (30.0, 20.0, -45.0)]
)
def test_the_typology_angle_of_worked_cases(light: float, blue_yellow: float, angle: float) -> None:
    image = plain(light, 10.0, blue_yellow)
    assert typology_angle(image, plain_face()) == pytest.approx(angle, abs=2)
    assert np.isnan(typology_angle(image, plain_face() + 1000))


@pytest.mark.parametrize(
    ("light", "yellow", "name"),
    [(75, 15, "light"), (62, 20, "intermediate"), (58, 22, "tan"), (35, 18, "brown or dark")],
)
def test_skin_has_the_tone_of_its_colour_and_full_score_where_all_of_it_agrees(
    light: float, yellow: float, name: str
) -> None:
    assert skin(plain(light, 12, yellow), plain_face()) == (name, 1.0)


def test_the_score_is_the_share_of_the_skin_that_agrees() -> None:
    image = plain(75, 12, 15)
    image[:, : SIDE // 2] = plain(66, 12, 19)[:, : SIDE // 2]
    name, score = skin(image, plain_face())
    assert name in ("light", "intermediate")
    assert 0.3 < score < 0.7


@pytest.mark.parametrize(("image", "away"), [(plain(60, 5, -20), 0), (plain(75, 12, 15), 1000)])
def test_blue_light_and_landmarks_outside_the_picture_leave_the_tone_unknown(image: Image, away: int) -> None:
    assert skin(image, plain_face() + away) == ("unknown", 0.0)
