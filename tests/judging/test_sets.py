import numpy as np
import pytest

from tasks.judging.sets import Sets

RNG = np.random.default_rng(0)
HERE = RNG.normal(size=(40, 4))
STYLE, TARGET, NOTHING = RNG.normal(size=(50, 4)), RNG.normal(size=(40, 4)), np.empty((0, 4))
PEOPLE = np.array([f"person {i}" for i in range(40)])
FEATURES = {"photo": HERE + 3, "base": HERE + 2, "tuned": HERE + 0.1}


@pytest.mark.parametrize("hand_made", [True, False])
def test_drawings_nearer_to_a_set_have_come_nearer_by_the_difference(hand_made: bool) -> None:
    sets = Sets(FEATURES, STYLE, TARGET, hand_made, PEOPLE)
    base, tuned, change = sets.distances("base"), sets.distances("tuned"), sets.changes("base")
    for name in ("style", "style_target", "frechet", "frechet_target"):
        assert tuned[name].value < base[name].value < sets.distances("photo")[name].value
        assert change[name].value == pytest.approx(tuned[name].value - base[name].value)
    assert change["style"].high < 0


def test_without_a_goal_there_is_no_distance() -> None:
    found = Sets(FEATURES, NOTHING, TARGET, hand_made=True, people=PEOPLE)
    assert np.isnan([found.distances("tuned")["style"].value, found.changes("base")["frechet"].value]).all()
    assert np.isfinite(found.distances("tuned")["style_target"].value)


def test_features_made_by_hand_are_put_on_one_scale_and_those_of_a_net_are_not() -> None:
    stretched = {name: rows * [1, 1, 1, 100] for name, rows in FEATURES.items()}
    goal = STYLE * [1, 1, 1, 100]

    def apart(features: dict[str, np.ndarray], style: np.ndarray, hand_made: bool) -> float:
        return Sets(features, style, NOTHING, hand_made, PEOPLE).distances("base")["frechet"].value

    same = apart(FEATURES, STYLE, hand_made=True)
    assert apart(stretched, goal, hand_made=True) == pytest.approx(same)
    assert apart(stretched, goal, hand_made=False) > 1000 * same


def test_intervals_are_drawn_over_people_from_five_on() -> None:
    two_each = np.array([f"person {i // 2}" for i in range(40)])
    found = Sets(FEATURES, STYLE, TARGET, True, two_each).distances("tuned")["style"]
    assert (found.n, found.people, found.over) == (40, 20, "people")
    few = Sets(FEATURES, STYLE, TARGET, True, np.array(["a", "b"] * 20)).distances("tuned")["style"]
    assert (few.people, few.over) == (2, "faces")
    assert few.value == found.value
