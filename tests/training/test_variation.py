from dataclasses import replace

import pytest

from tasks.training.hair import DARK
from tasks.training.plan import Augment, Plan
from tasks.training.variation import Variation, unvaried, varied

PLAN = Plan(steps=10, augment=Augment(dark_hair=0.3, light=0.2), control=("hair", "age"))
MANY = range(1000)


def all_of(plan: Plan, paired: bool = True) -> list[Variation]:
    return [varied(plan, 256, paired, position) for position in MANY]


def test_a_variation_is_a_function_of_seed_and_position() -> None:
    assert all_of(PLAN) == all_of(PLAN)
    assert varied(replace(PLAN, seed=2), 256, True, 0) != varied(PLAN, 256, True, 0)


def test_switching_one_kind_off_leaves_the_others_as_they_are() -> None:
    off = replace(PLAN, augment=Augment(dark_hair=0.0, light=0.0), control=())
    for one, two in zip(all_of(PLAN), all_of(off), strict=True):
        assert one.windows == two.windows and one.look.brightness == two.look.brightness
        assert two.dark == two.colour == "" and two.look.lamp == 0 and two.strength == 1


def test_a_drawing_without_a_pair_has_a_window_of_its_own() -> None:
    assert all(change.windows[0] == change.windows[1] for change in all_of(PLAN))
    assert all(change.windows[0] != change.windows[1] for change in all_of(PLAN, paired=False))


def test_shares_are_what_was_asked_for() -> None:
    changes = all_of(PLAN)
    dark = [change.dark for change in changes if change.dark]
    assert len(dark) == pytest.approx(300, abs=50) and set(dark) == set(DARK)
    assert sum(bool(change.colour) for change in changes) == pytest.approx(350, abs=50)  # half of the rest
    assert sum("age" in change.unsaid for change in changes) == pytest.approx(200, abs=40)
    assert sum(change.strength == 1 for change in changes) == pytest.approx(500, abs=50)
    assert all(0 <= change.strength <= 1 and not (change.dark and change.colour) for change in changes)


def test_a_whole_frame_is_left_as_it_is() -> None:
    change = unvaried(64)
    assert change.windows[0].side == 64 and not change.windows[0].mirrored
    assert (change.dark, change.colour, change.strength, change.look.lamp) == ("", "", 1.0, 0.0)
