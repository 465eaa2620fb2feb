import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from tasks.pairing.assignment import assign


def side(count: int, seed: int) -> NDArray[np.float32]:
    """Whole non-negative coordinates in clusters, as faces have them."""
    rng = np.random.default_rng(seed)
    centres = rng.integers(0, 300, (9, 12))
    return np.asarray(centres[rng.integers(0, 9, count)] + rng.integers(0, 60, (count, 12)), np.float32)


def total(photos: NDArray[np.float32], drawings: NDArray[np.float32], chosen: NDArray[np.int64]) -> float:
    rows = np.flatnonzero(chosen >= 0)
    return float((photos[rows] * drawings[chosen[rows]]).sum(dtype=np.float64))


@pytest.mark.parametrize(("photos", "drawings"), [(5, 5), (7, 3), (3, 7), (1, 90), (90, 1), (4, 0)])
@pytest.mark.parametrize("block", [2, 4, 1024])
def test_as_many_as_there_can_be_get_a_drawing_and_nobody_the_same(photos: int, drawings: int, block: int) -> None:
    chosen = assign(side(photos, 0), side(drawings, 1), block)
    given_ = chosen[chosen >= 0]
    assert len(set(given_.tolist())) == len(given_) <= min(photos, drawings)
    assert len(given_) == min(photos, drawings) or block < 1024


@given(st.integers(1, 60), st.integers(1, 60), st.integers(0, 99))
def test_what_fits_into_one_block_is_optimal(photos: int, drawings: int, seed: int) -> None:
    a, b = side(photos, seed), side(drawings, seed + 1)
    i, j = linear_sum_assignment(a.astype(np.float64) @ b.T.astype(np.float64), maximize=True)
    best = np.full(photos, -1)
    best[i] = j
    assert total(a, b, assign(a, b, 64)) == total(a, b, best)


@pytest.mark.parametrize("block", [25, 50, 100])
def test_blocks_come_near_the_optimum(block: int) -> None:
    a, b = side(400, 0), side(400, 1)
    best = total(a, b, assign(a, b, 400))
    by_chance = total(a, b, np.arange(400))
    assert total(a, b, assign(a, b, block)) - by_chance > 0.8 * (best - by_chance)


def test_the_same_faces_get_the_same_drawings_again() -> None:
    a, b = side(300, 0), side(200, 1)
    assert (assign(a, b, 40) == assign(a, b, 40)).all()
