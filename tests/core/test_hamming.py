import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.hamming import distance, near_pairs


@given(st.lists(st.integers(0, 2**64 - 1), min_size=2, max_size=40), st.data())
def test_near_pairs_equal_the_comparison_of_everything_with_everything(bases: list[int], data: st.DataObject) -> None:
    flips = [data.draw(st.sets(st.integers(0, 63), max_size=5)) for _ in bases]
    altered = [base ^ sum(1 << bit for bit in bits) for base, bits in zip(bases, flips, strict=True)]
    hashes = np.array(bases + altered, np.uint64)
    apart = distance(hashes[:, None], hashes[None])
    expected = np.argwhere(np.triu(apart <= 4, 1))
    assert near_pairs(hashes, 4).tolist() == expected.tolist()


def test_distance_counts_the_bits_that_differ() -> None:
    assert distance(np.array([0b1011], np.uint64), np.array([0b0001], np.uint64)).tolist() == [2]
