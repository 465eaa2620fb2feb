import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

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


@pytest.mark.parametrize(
    ("boxes", "index"),
    [
        (np.zeros((0, 4), np.float32), None),
        (np.array([[100, 100, 120, 120]], np.float32), None),
        (np.array([[5, 0, 15, 10], [1, 0, 11, 10]], np.float32), 1),
        (np.array([[5, 0, 15, 10]], np.float32), None),
    ],
)
def test_the_face_is_kept_where_the_best_box_reaches_the_limit(boxes: NDArray[np.float32], index: int | None) -> None:
    assert kept.kept(BOX, boxes, min_iou=0.5) == index
