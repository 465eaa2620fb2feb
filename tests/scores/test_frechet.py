import numpy as np
import pytest
from scipy.linalg import sqrtm

from tasks.scores.frechet import doubt, frechet_change, frechet_distance

RNG = np.random.default_rng(0)
NEAR, FAR = RNG.normal(size=(60, 8)), RNG.normal(0.5, 1.5, size=(60, 8))


def by_the_formula(x: np.ndarray, y: np.ndarray) -> float:
    one, two = np.cov(x, rowvar=False), np.cov(y, rowvar=False)
    gap = x.mean(axis=0) - y.mean(axis=0)
    return float(gap @ gap + np.trace(one + two - 2 * sqrtm(one @ two).real))


def test_the_value_is_the_one_of_pytorch_fid_0_3_0() -> None:
    assert frechet_distance(NEAR, FAR).value == pytest.approx(3.8197689290)


@pytest.mark.parametrize(("n", "m"), [(60, 60), (60, 30), (9, 200)])
def test_the_value_is_the_formula_s_with_scipy_s_matrix_root(n: int, m: int) -> None:
    x, y = np.random.default_rng(n).normal(size=(n, 6)), np.random.default_rng(m).normal(1, 2, size=(m, 6))
    assert frechet_distance(x, y).value == pytest.approx(by_the_formula(x, y))


def test_of_two_normal_distributions_without_correlation_it_is_the_closed_form() -> None:
    """The sum of (mean_x - mean_y)^2 + (sd_x - sd_y)^2, reached exactly by samples at one deviation along each axis."""
    axes = np.vstack([np.eye(3), -np.eye(3)]) * np.sqrt(5 / 2)  # covariance of 1 over n - 1 = 5
    x, y = axes * [1, 2, 3], axes * [4, 2, 1] + [1, 0, -2]
    assert frechet_distance(x, y).value == pytest.approx((1 + 0 + 4) + (9 + 0 + 4))


def test_a_set_is_at_no_distance_from_itself() -> None:
    assert frechet_distance(NEAR, NEAR).value == pytest.approx(0, abs=1e-9)


def test_fewer_pictures_than_features_still_give_the_formula_s_value() -> None:
    x, y = RNG.normal(size=(5, 12)), RNG.normal(size=(7, 12))
    centred = [(rows - rows.mean(axis=0)) / np.sqrt(len(rows) - 1) for rows in (x, y)]
    root = np.sqrt(np.clip(np.linalg.eigvalsh(centred[0] @ centred[1].T @ centred[1] @ centred[0].T), 0, None)).sum()
    gap = x.mean(axis=0) - y.mean(axis=0)
    expected = gap @ gap + sum((rows**2).sum() for rows in centred) - 2 * root
    assert frechet_distance(x, y).value == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(("n", "m", "trusted"), [(78, 500, False), (500, 78, False), (79, 79, True)])
def test_a_covariance_of_too_few_pictures_is_said_to_be_one(n: int, m: int, trusted: bool) -> None:
    assert (doubt(n, m, 78) == "") == trusted
    assert trusted or doubt(n, m, 78) == "78 pictures cannot tell the covariance of 78 features; it takes more than 78"


def test_the_interval_is_as_wide_as_the_distances_of_many_draws_spread() -> None:
    rng = np.random.default_rng(2)
    found = [frechet_distance(rng.normal(size=(200, 4)), rng.normal(0.7, 1, size=(200, 4))) for _ in range(60)]
    spread = np.std([d.value for d in found])
    width = np.mean([d.high - d.low for d in found]) / (2 * 1.96)
    assert 0.7 < width / spread < 1.4


def test_two_pictures_are_too_few() -> None:
    assert np.isnan(frechet_distance(NEAR[:2], FAR).value)


def test_the_change_is_the_difference_of_the_distances_and_surer_than_either() -> None:
    change = frechet_change(NEAR, FAR, FAR - 0.5)
    old, new = frechet_distance(NEAR, FAR), frechet_distance(NEAR, FAR - 0.5)
    assert change.value == pytest.approx(new.value - old.value)
    assert change.high < 0
    assert change.high - change.low < (old.high - old.low) + (new.high - new.low)


def test_nothing_changed_is_a_change_of_exactly_zero() -> None:
    change = frechet_change(NEAR, FAR, FAR)
    assert (change.value, change.low, change.high) == (0, 0, 0)
    assert np.isnan(frechet_change(NEAR[:2], FAR, FAR).value)
