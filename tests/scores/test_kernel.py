import numpy as np
import pytest

from tasks.scores.kernel import kernel_change, kernel_distance, polynomial

RNG = np.random.default_rng(0)
NEAR, ALSO_NEAR = RNG.normal(size=(2, 60, 8))
FAR = RNG.normal(1.5, 1, size=(60, 8))


def test_the_distance_is_the_sum_of_the_paper_written_out() -> None:
    x, y = NEAR[:5], FAR[:4]

    def k(a: np.ndarray, b: np.ndarray) -> float:
        return float((a @ b / len(a) + 1) ** 3)

    within_x = np.mean([k(x[i], x[j]) for i in range(5) for j in range(5) if i != j])
    within_y = np.mean([k(y[i], y[j]) for i in range(4) for j in range(4) if i != j])
    between = np.mean([k(a, b) for a in x for b in y])
    assert kernel_distance(x, y).value == pytest.approx(within_x + within_y - 2 * between)


def test_the_kernel_is_the_one_of_scikit_learn_with_its_defaults() -> None:
    np.testing.assert_allclose(polynomial(NEAR[:1], FAR[:1])[0, 0], (NEAR[0] @ FAR[0] / 8 + 1) ** 3)


def test_sets_of_one_distribution_are_about_zero_apart_and_others_are_not() -> None:
    same, other = kernel_distance(NEAR, ALSO_NEAR), kernel_distance(NEAR, FAR)
    assert same.low < 0 < same.high
    assert other.low > same.high


def test_the_estimate_has_no_bias_with_few_pictures() -> None:
    rng = np.random.default_rng(1)
    values = [kernel_distance(*rng.normal(size=(2, 6, 4))).value for _ in range(3000)]
    assert abs(np.mean(values)) < 4 * np.std(values) / np.sqrt(len(values))


def test_the_interval_covers_the_distance_of_the_distributions_nineteen_times_of_twenty() -> None:
    rng = np.random.default_rng(2)

    def draw(n: int) -> tuple[np.ndarray, np.ndarray]:
        return rng.normal(size=(n, 4)), rng.normal(0.7, 1, size=(n, 4))

    truth = kernel_distance(*draw(4000)).value
    found = [kernel_distance(*draw(60)) for _ in range(200)]
    covered = np.mean([d.low <= truth <= d.high for d in found])
    assert 0.88 <= covered <= 1


def test_two_pictures_are_too_few() -> None:
    assert np.isnan(kernel_distance(NEAR[:2], FAR).value)


def test_the_change_is_the_difference_of_the_distances_and_surer_than_either() -> None:
    before, after = FAR, FAR - 0.5
    change = kernel_change(NEAR, before, after)
    old, new = kernel_distance(NEAR, before), kernel_distance(NEAR, after)
    assert change.value == pytest.approx(new.value - old.value)
    assert change.high < 0
    assert change.high - change.low < (old.high - old.low) + (new.high - new.low)


def test_nothing_changed_is_a_change_of_exactly_zero() -> None:
    change = kernel_change(NEAR, FAR, FAR)
    assert (change.value, change.low, change.high) == (0, 0, 0)


def test_the_estimate_is_the_one_of_torch_fidelity_0_4_0() -> None:
    """Its `kernel_mmd`, kernel and unbiased estimator of KID, over one subset of all rows."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(60, 8)), rng.normal(0.5, 1.5, size=(60, 8))
    assert kernel_distance(x, y).value == pytest.approx(1.504094266644762)


def jackknifed(values: list[float]) -> float:
    found = np.array(values)
    return float((len(found) - 1) / len(found) * ((found - found.mean()) ** 2).sum())


def test_what_is_one_opinion_is_left_out_together() -> None:
    rng = np.random.default_rng(3)
    x, y, group = rng.normal(size=(12, 3)), rng.normal(size=(15, 3)), np.repeat([2, 0, 1, 4, 3], 3)
    found = kernel_distance(x, y, group)
    each = [kernel_distance(np.delete(x, i, 0), y).value for i in range(len(x))]
    people = [kernel_distance(x, y[group != g]).value for g in range(5)]
    margin = 1.96 * np.sqrt(jackknifed(each) + jackknifed(people))
    assert (found.low, found.high) == pytest.approx((found.value - margin, found.value + margin))
    alone = kernel_distance(x, y, np.arange(15))
    assert alone == kernel_distance(x, y)
    assert alone.value == pytest.approx(found.value)


def test_a_change_leaves_a_person_out_of_both_drawings_at_once() -> None:
    rng = np.random.default_rng(4)
    x, before, group = rng.normal(size=(12, 3)), rng.normal(size=(12, 3)), np.repeat(np.arange(6), 2)
    same = kernel_change(x, before, before, group)
    assert (same.value, same.low, same.high) == (0, 0, 0)
