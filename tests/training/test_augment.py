import numpy as np
import pytest

from tasks.training.augment import Look, random_look, seen


def grey(level: int) -> np.ndarray:
    return np.full((32, 32, 3), level, np.uint8)


@pytest.mark.parametrize(
    ("look", "colour"),
    [
        (Look(), (100, 50, 150)),
        (Look(brightness=1.1), (110, 55, 165)),
        (Look(saturation=0.0), (76, 76, 76)),
        (Look(contrast=0.0), (76, 76, 76)),
    ],
)
def test_each_factor_does_what_its_name_says(look: Look, colour: tuple[int, int, int]) -> None:
    photo = np.broadcast_to(np.array((100, 50, 150), np.uint8), (8, 8, 3)).copy()
    assert np.abs(seen(photo, look).astype(int) - colour).max() <= 1


def test_a_lamp_brightens_the_near_side_and_darkens_the_far_one_smoothly() -> None:
    lit = seen(grey(128), Look(lamp=0.5, direction=0.0)).astype(int)
    assert lit[16, -1].min() > 128 > lit[16, 0].max()
    assert np.diff(lit[16, :, 0]).min() >= 0 and np.diff(lit[16, :, 0]).max() <= 6
    assert np.ptp(lit[:, 16]) == 0


def test_a_lamp_of_one_stop_halves_linear_light() -> None:
    lit = seen(grey(188), Look(lamp=0.5, direction=0.0))  # 188 is 0.5 in linear light
    assert lit[16, 0].tolist() == pytest.approx([137] * 3, abs=1)  # 0.25


def test_a_warm_lamp_makes_the_near_side_redder_than_blue() -> None:
    lit = seen(grey(128), Look(lamp=0.5, direction=0.0, warmth=1.0)).astype(int)
    assert lit[16, -1, 0] > lit[16, -1, 2] + 5 and lit[16, 0, 0] == lit[16, 0, 2]


def test_looks_stay_within_their_bounds_and_none_changes_nothing() -> None:
    looks = [random_look(0.1, 0.3, np.random.default_rng(i)) for i in range(100)]
    for look in looks:
        assert all(0.9 <= value <= 1.1 for value in (look.brightness, look.contrast, look.saturation))
        assert 0 <= look.lamp <= 0.3 and -np.pi <= look.direction <= 0
    off = random_look(0.0, 0.0, np.random.default_rng(1))
    np.testing.assert_array_equal(seen(grey(77), off), grey(77))
