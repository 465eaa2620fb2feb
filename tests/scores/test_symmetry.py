import numpy as np
import pytest
from numpy.typing import NDArray

from tasks.scores import symmetry
from tasks.scores.nme import inter_ocular
from tests.scores.faces68 import plain_face


def crooked_face() -> NDArray[np.float64]:
    return plain_face() + np.random.default_rng(1).normal(size=(68, 2))


def turned(points: NDArray[np.float64], degrees: float) -> NDArray[np.float64]:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.asarray(points @ np.array([[c, -s], [s, c]]), np.float64)


def test_the_mirror_of_the_mirror_is_the_face() -> None:
    np.testing.assert_allclose(symmetry.twins(symmetry.twins(plain_face())), plain_face())


@pytest.mark.parametrize(
    ("left", "right"),
    [(0, 16), (17, 26), (21, 22), (31, 35), (36, 45), (37, 44), (39, 42), (40, 47), (48, 54), (59, 55), (60, 64)],
)
def test_each_landmark_of_one_side_changes_places_with_its_twin(left: int, right: int) -> None:
    centred = plain_face() - np.array([128, 0], np.float64)
    np.testing.assert_allclose(symmetry.twins(centred)[left], centred[left], atol=1e-4)
    np.testing.assert_allclose(centred[left] * [-1, 1], centred[right], atol=1e-4)


def test_the_asymmetry_equals_the_one_through_scipys_procrustes() -> None:
    from scipy.spatial import procrustes

    inner = crooked_face()[17:]
    unit, mirrored, _ = procrustes(inner, symmetry.twins(crooked_face())[17:])
    gap = np.linalg.norm(unit - mirrored, axis=1).mean() * np.linalg.norm(inner - inner.mean(axis=0))
    assert symmetry.asymmetry(crooked_face()) == pytest.approx(gap / (2 * inter_ocular(crooked_face())))


@pytest.mark.parametrize("degrees", [0, 10, -35])
@pytest.mark.parametrize("scale", [0.5, 3.0])
def test_an_even_face_is_symmetric_at_any_tilt_and_size(degrees: float, scale: float) -> None:
    assert symmetry.asymmetry(turned(plain_face() * scale, degrees)) == pytest.approx(0, abs=1e-6)


def test_one_mouth_corner_pulled_down_makes_a_face_asymmetric() -> None:
    crooked = plain_face()
    crooked[48] += [
        0,
        51,
    ]  # it and its twin are 51 pixels off, of 51 points; the tilt that evens them out moves the rest
    assert 1 / 96 < symmetry.asymmetry(crooked) < 2 / 96


def test_the_change_is_zero_for_an_unchanged_and_for_a_mirrored_face() -> None:
    assert symmetry.symmetry_change(crooked_face(), crooked_face()) == 0
    mirrored = symmetry.twins(crooked_face())
    assert symmetry.symmetry_change(crooked_face(), mirrored) == pytest.approx(0, abs=1e-6)


def test_a_face_made_more_even_has_changed_too() -> None:
    expected = symmetry.asymmetry(crooked_face())
    assert symmetry.symmetry_change(crooked_face(), plain_face()) == pytest.approx(expected, abs=1e-6)
