import numpy as np
import pytest

from tasks.sifting.company import MIN_SET, distances
from tasks.sifting.limits import Params
from tests.sifting.decided import decided, face


@pytest.mark.parametrize(("drawn", "reasons"), [(0.3, [None, "two_roles"]), (0.5, ["two_roles", None])])
def test_a_file_that_came_in_both_roles_is_what_it_looks_like(drawn: float, reasons: list[str | None]) -> None:
    file = {"id": "same", "drawn": drawn}
    found = decided([file | {"seen": [face(yaw=7.0)]}, file | {"role": "anime", "seen": [face(), face()]}, {}])
    assert [row["reason"] for row in found] == [*reasons, None]
    assert [row["faces"] for row in found] == [1, 2, 1]


def test_a_file_refused_in_one_role_stays_in_the_other() -> None:
    found = decided([{"id": "same", "drawn": 0.9}, {"id": "same", "drawn": 0.9, "role": "anime"}])
    assert [row["reason"] for row in found] == ["drawing_among_photos", None]


def strokes(count: int, seed: int = 0) -> list[list[float]]:
    found: list[list[float]] = np.random.default_rng(seed).normal(0.4, 0.05, (count, 78)).tolist()
    return found


def test_a_drawing_of_another_style_is_told_from_the_set() -> None:
    other = [0.9] * 78
    found = decided([{"role": "anime", "style": s} for s in [*strokes(60), other]])
    assert [row["reason"] for row in found] == [None] * 60 + ["off_style"]
    assert found[-1]["value"] > found[-1]["limit"] == Params().max_off_style


def test_a_small_set_has_no_style_to_be_off() -> None:
    drawings = [{"role": "anime", "style": s} for s in [*strokes(MIN_SET - 2), [0.9] * 78]]
    assert all(row["keep"] for row in decided(drawings))


def test_the_centre_of_the_style_does_not_depend_on_the_order_of_the_drawings() -> None:
    described = np.array(strokes(50), np.float32)
    there = distances(described, np.arange(50))
    back = distances(described[::-1], np.arange(50)[::-1])
    assert np.array_equal(there, back[::-1])


def test_refused_drawings_do_not_move_the_centre() -> None:
    good = [{"role": "anime", "style": s} for s in strokes(60)]
    bad = [{"role": "anime", "style": [0.9] * 78, "contrast": 1.0}] * 60
    assert [row["reason"] for row in decided([*good, *bad])] == [None] * 60 + ["flat"] * 60
