import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.scores import kept

BOX = np.array([0, 0, 10, 10], np.float32)
_side = st.floats(1, 100, width=32)


@pytest.mark.parametrize(
    ("other", "overlap"),
    [
        ((0, 0, 10, 10), 1.0),
        ((5, 0, 15, 10), 1 / 3),
        ((0, 0, 5, 5), 0.25),
        ((10, 0, 20, 10), 0.0),
        ((30, 30, 40, 40), 0.0),
        ((3, 3, 3, 3), 0.0),
    ],
)
def test_overlap_of_worked_cases(other: tuple[float, ...], overlap: float) -> None:
    assert kept.iou(BOX, np.array([other], np.float32)) == pytest.approx([overlap])


@given(st.tuples(_side, _side, _side, _side), st.tuples(_side, _side, _side, _side))
def test_overlap_is_symmetric_and_between_zero_and_one(a: tuple[float, ...], b: tuple[float, ...]) -> None:
    first, second = (np.array([x, y, x + w, y + h], np.float32) for x, y, w, h in (a, b))
    overlap = kept.iou(first, second[None])[0]
    assert 0 <= overlap <= 1
    assert overlap == pytest.approx(kept.iou(second, first[None])[0])


def test_a_face_is_kept_from_the_limit_on_and_unknown_where_there_was_none() -> None:
    found = kept.kept(np.array([0.49, 0.5, 1.0, np.nan]), min_iou=0.5)
    assert found[:3].tolist() == [0, 1, 1]
    assert np.isnan(found[3])
