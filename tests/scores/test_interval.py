import numpy as np
import pytest

from tasks.scores.interval import Interval, bootstrap


def people(n: int) -> np.ndarray:
    return np.array([f"person {i}" for i in range(n)])


def test_the_interval_of_many_single_faces_is_the_one_of_the_normal_mean() -> None:
    values = np.random.default_rng(0).normal(5, 2, size=400)
    found = bootstrap(values, people(400))
    half = 1.96 * values.std() / 20
    assert (found.n, found.people) == (400, 400)
    assert found.value == pytest.approx(values.mean())
    assert (found.low, found.high) == pytest.approx((values.mean() - half, values.mean() + half), abs=0.03)


def test_the_interval_agrees_with_scipys_bootstrap() -> None:
    from scipy.stats import bootstrap as reference

    values = np.random.default_rng(1).exponential(size=60)
    expected = reference((values,), np.mean, method="percentile", rng=0).confidence_interval
    found = bootstrap(values, people(60))
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=0.03)


@pytest.mark.parametrize(("scores", "factor"), [(1, 1.0), (10, 2.807 / 1.96)])
def test_among_many_scores_an_interval_is_as_much_wider_as_a_normal_one(scores: int, factor: float) -> None:
    found = Interval(1.0, 0.8, 1.1, 9, 9).among(scores)
    assert (found.low, found.high) == pytest.approx((1 - 0.2 * factor, 1 + 0.1 * factor), rel=1e-4)


def test_ten_faces_of_one_person_are_no_surer_than_one() -> None:
    values = np.random.default_rng(2).normal(size=12)
    once = bootstrap(values, people(12))
    repeated = bootstrap(np.repeat(values, 10), np.repeat(people(12), 10))
    assert (repeated.low, repeated.high) == pytest.approx((once.low, once.high))
    assert repeated.n == 120


def test_the_same_values_give_the_same_interval() -> None:
    values = np.random.default_rng(3).normal(size=9)
    assert bootstrap(values, people(9)) == bootstrap(values, people(9))


def test_under_five_people_the_faces_are_drawn_and_the_interval_says_so() -> None:
    values = np.random.default_rng(4).normal(size=40)
    few = bootstrap(values, np.repeat(people(4), 10))
    assert few.over == "faces"
    assert (few.low, few.high) == pytest.approx(
        (bootstrap(values, people(40)).low, bootstrap(values, people(40)).high), abs=0.05
    )
    assert bootstrap(values, np.repeat(people(5), 8)).over == "people"


@pytest.mark.parametrize(("values", "n"), [([], 0), ([1.0, 2.0, 3.0, 4.0], 4), ([1.0, np.nan], 1)])
def test_under_five_faces_have_no_interval(values: list[float], n: int) -> None:
    found = bootstrap(np.array(values), people(len(values)))
    assert found.n == n
    assert np.isnan(found.low)
    assert np.isnan(found.high)
