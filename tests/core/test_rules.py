import numpy as np

from tasks.core.rules import Rule, Verdicts, first_broken, passed

NAN = float("nan")


def judged() -> Verdicts:
    size, light = np.array([1.0, 9, 9, 9, NAN]), np.array([0.0, 0, 5, 99, 5])
    dark = Rule("dark", light, low=1, high=50, group="photo")
    return first_broken([Rule("small", size, low=5), dark], {"photo": np.array([True, True, True, True, False])})


def test_the_first_broken_rule_names_the_reason_with_value_and_limit() -> None:
    found = judged()
    assert found.named().to_pylist() == ["small", "dark", None, "dark", None]
    assert found.value[:2].tolist() == [1, 0]
    assert found.limit[[0, 1, 3]].tolist() == [5, 1, 50]


def test_limits_may_differ_from_row_to_row() -> None:
    found = first_broken([Rule("small", np.array([4.0, 4]), low=np.array([3.0, 5]))], {})
    assert (found.named().to_pylist(), found.limit[1]) == ([None, "small"], 5)


def test_what_was_not_measured_passes() -> None:
    assert not first_broken([Rule("dark", np.array([NAN]), 1, 2)], {}).broken.any()


def test_later_verdicts_count_for_rows_that_broke_nothing() -> None:
    later = first_broken([Rule("blurred", np.zeros(5), low=1)], {})
    found = judged().otherwise(later)
    assert found.named().to_pylist() == ["small", "dark", "blurred", "dark", "blurred"]
    assert found.limit.tolist() == [5, 1, 1, 50, 1]


def test_rows_are_taken_by_number_and_excused_by_flag() -> None:
    found = judged()
    assert found.at(np.array([3, -1, 0])).named().to_pylist() == ["dark", None, "small"]
    assert found.unless(np.array([True, False, False, False, False])).named().to_pylist() == [
        None,
        "dark",
        None,
        "dark",
        None,
    ]
    assert not passed(0).at(np.array([-1, -1])).broken.any()
