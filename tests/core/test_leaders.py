import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tasks.core.leaders import View, leaders

Matrix = NDArray[np.bool_]


def one_view(near: Matrix) -> View:
    one, other = np.nonzero(np.triu(near, 1))
    return View(np.arange(len(near)), len(near), one, other)


@st.composite
def graphs(draw: st.DrawFn) -> tuple[NDArray[np.int64], Matrix, Matrix]:
    """Ranks, who is a candidate for whom, and who is like whom."""
    count = draw(st.integers(1, 12))
    chance = np.random.default_rng(draw(st.integers(0, 2**32)))
    near, like = (np.triu(chance.random((count, count)) < share, 1) for share in (0.5, 0.6))
    return chance.permutation(count), near | near.T, like | like.T


@settings(max_examples=80)
@given(graphs())
def test_members_are_like_their_leader_and_leaders_are_not_like_each_other(
    graph: tuple[NDArray[np.int64], Matrix, Matrix],
) -> None:
    rank, near, like = graph
    edge = near & like
    leader = leaders(rank, [one_view(near)], lambda one, other: like[one, other])
    leads = np.flatnonzero(leader == np.arange(len(rank)))
    members = np.flatnonzero(leader != np.arange(len(rank)))
    assert edge[members, leader[members]].all()
    assert not edge[np.ix_(leads, leads)].any()
    assert (rank[leader] <= rank).all()


@settings(max_examples=40)
@given(graphs(), st.integers(0, 2**32))
def test_the_order_of_rows_does_not_matter(graph: tuple[NDArray[np.int64], Matrix, Matrix], seed: int) -> None:
    rank, near, like = graph
    order = np.random.default_rng(seed).permutation(len(rank))
    plain = leaders(rank, [one_view(near)], lambda one, other: like[one, other])
    near, like = near[np.ix_(order, order)], like[np.ix_(order, order)]
    turned = leaders(rank[order], [one_view(near)], lambda one, other: like[one, other])
    assert order[turned].tolist() == plain[order].tolist()


def test_a_chain_breaks_where_likeness_to_the_leader_ends() -> None:
    near = np.abs(np.subtract.outer(np.arange(5), np.arange(5))) <= 1
    found = leaders(np.arange(5), [one_view(near)], lambda one, _: np.ones(len(one), np.bool_))
    assert found.tolist() == [0, 0, 2, 2, 4]


def test_rows_of_one_value_are_candidates_and_either_view_is_enough() -> None:
    none = np.empty(0, np.int64)
    views = [
        View(np.array([0, 0, 1, 2]), 3, none, none),
        View(np.array([0, 1, 2, 3]), 4, np.array([2]), np.array([3])),
    ]
    found = leaders(np.arange(4), views, lambda one, _: np.ones(len(one), np.bool_))
    assert found.tolist() == [0, 0, 2, 2]
