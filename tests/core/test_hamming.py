import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.core.hamming import MOST, Hashes, distance, distinct, ends, near_pairs, new_pairs
from tests.core.altered import altered

FEW = settings(max_examples=40)


def by_comparing_all(values: Hashes, most: int) -> list[list[int]]:
    apart = distance(values[:, None], values[None])
    return [[int(i), int(j)] for i, j in np.argwhere(np.triu(apart <= most, 1))]


def pairs_of(pieces: list[Hashes]) -> list[list[int]]:
    one, other = ends(np.concatenate([np.empty(0, np.uint64), *pieces]))
    return sorted([int(i), int(j)] for i, j in zip(one, other, strict=True))


@FEW
@given(altered(), st.integers(0, MOST))
def test_near_pairs_equal_the_comparison_of_everything_with_everything(hashes: Hashes, most: int) -> None:
    values = distinct(hashes)
    assert pairs_of(list(near_pairs(values, most))) == by_comparing_all(values, most)


@FEW
@given(altered(), st.data())
def test_new_pairs_are_the_near_pairs_with_a_new_end(hashes: Hashes, data: st.DataObject) -> None:
    values = distinct(hashes)
    new = sorted(data.draw(st.sets(st.integers(0, len(values) - 1))))
    expected = [pair for pair in by_comparing_all(values, MOST) if set(pair) & set(new)]
    assert pairs_of(list(new_pairs(values, np.array(new, np.int64)))) == expected


def test_a_run_that_crosses_blocks_loses_no_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.core.hamming.BLOCK", 64)
    values = distinct(np.random.default_rng(3).integers(0, 1 << 12, 200, np.uint64) << np.uint64(7))
    assert pairs_of(list(near_pairs(values))) == by_comparing_all(values, MOST)
    everything = np.arange(len(values))
    assert pairs_of(list(new_pairs(values, everything))) == by_comparing_all(values, MOST)


@pytest.mark.parametrize("most", [-1, 5])
def test_a_distance_beyond_the_promise_is_refused(most: int) -> None:
    with pytest.raises(ValueError, match=f"distance {most}: this search is exact from 0 to 4"):
        list(near_pairs(np.array([1], np.uint64), most))


def test_distance_counts_the_bits_that_differ() -> None:
    assert distance(np.array([0b1011], np.uint64), np.array([0b0001], np.uint64)).tolist() == [2]
