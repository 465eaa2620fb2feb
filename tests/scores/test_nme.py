import numpy as np
import pytest

from tasks.scores import nme
from tests.scores.faces68 import plain_face


def test_inter_ocular_is_the_distance_of_the_outer_eye_corners() -> None:
    assert nme.inter_ocular(plain_face()) == pytest.approx(176 - 80)


def test_an_unchanged_face_has_no_error() -> None:
    assert nme.nme(plain_face(), plain_face()) == 0


def test_a_shift_of_three_and_four_pixels_is_five_over_the_inter_ocular_distance() -> None:
    assert nme.nme(plain_face(), plain_face() + np.array([3, 4], np.float64)) == pytest.approx(5 / 96)


def test_the_error_is_the_mean_over_the_inner_points_alone() -> None:
    moved = plain_face()
    moved[:17] += 50  # the jaw does not count
    moved[30] += [0, 51]  # one of 51 inner points, by 51 pixels: one pixel on average
    assert nme.nme(plain_face(), moved) == pytest.approx(1 / 96)


@pytest.mark.parametrize("scale", [0.5, 2.0, 4.0])
def test_the_error_does_not_depend_on_the_size_of_the_picture(scale: float) -> None:
    moved = plain_face() + np.random.default_rng(0).normal(size=(68, 2))
    assert nme.nme(plain_face() * scale, moved * scale) == pytest.approx(nme.nme(plain_face(), moved), rel=1e-5)


def test_a_face_without_scale_is_refused() -> None:
    with pytest.raises(ValueError, match="coincide"):
        nme.nme(np.zeros((68, 2), np.float64), plain_face())


def test_five_landmarks_are_refused() -> None:
    with pytest.raises(ValueError, match="68 x 2"):
        nme.nme(np.zeros((5, 2), np.float64), np.zeros((5, 2), np.float64))


def test_a_face_is_deformed_above_the_limit_not_at_it() -> None:
    assert nme.deformed(np.array([0.079, 0.08, 0.081]), 0.08).tolist() == [0, 0, 1]
