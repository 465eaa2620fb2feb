import numpy as np
import pytest

from tasks.training.order import Order, permutation

GROUPS, ROWS = np.repeat(np.arange(40), 60), np.full(40, 100)


def test_every_item_comes_once_per_epoch_and_each_epoch_has_its_own_order() -> None:
    order = Order(GROUPS, ROWS, 400, [1])
    epochs = [[order.at(epoch * len(GROUPS) + place) for place in range(len(GROUPS))] for epoch in range(2)]
    assert sorted(epochs[0]) == sorted(epochs[1]) == list(range(len(GROUPS)))
    assert epochs[0] != epochs[1]


def test_a_position_holds_the_same_item_whatever_was_asked_before() -> None:
    forward, back = Order(GROUPS, ROWS, 400, [1]), Order(GROUPS, ROWS, 400, [1])
    places = list(range(0, 3 * len(GROUPS), 131))
    assert [forward.at(p) for p in places] == [back.at(p) for p in reversed(places)][::-1]


def test_pictures_are_moved_as_far_as_by_a_free_shuffle() -> None:
    count = len(GROUPS)
    moved = np.abs(permutation(GROUPS, ROWS, 400, [1, 0]) - np.arange(count)).mean()
    assert moved == pytest.approx(count / 3, rel=0.15)  # the mean distance of two random places


def test_neighbours_come_from_different_row_groups() -> None:
    shown = GROUPS[permutation(GROUPS, ROWS, 400, [1, 0])]
    assert np.mean(shown[1:] == shown[:-1]) == pytest.approx(1 / 4, abs=0.05)  # four groups are mixed


@pytest.mark.parametrize("rows", [np.full(40, 100), np.tile([100, 3, 1, 40], 10)])
def test_a_reader_of_the_buffer_and_one_group_reads_each_group_once(rows: np.ndarray) -> None:
    groups = np.repeat(np.arange(40), rows)
    shown = groups[permutation(groups, rows, 400, [1, 0])]
    spans = {int(g): np.flatnonzero(shown == g)[[0, -1]] for g in set(shown.tolist())}
    for place in range(len(shown)):
        assert sum(rows[g] for g, (first, last) in spans.items() if first <= place <= last) <= 400 + 100


def test_many_small_row_groups_are_mixed_as_widely_as_large_ones() -> None:
    groups = np.arange(2000)  # a shard a day, one picture each
    shown = permutation(groups, np.ones(2000, np.int64), 400, [1, 0])
    assert len(set(shown[:400].tolist())) == 400
    assert np.abs(shown - np.arange(2000)).mean() == pytest.approx(2000 / 3, rel=0.1)
