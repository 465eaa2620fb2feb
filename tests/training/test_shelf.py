import pickle
from pathlib import Path

import numpy as np
import pytest

from tasks.core import manifest
from tasks.training.shelf import Shelf, buffer_of
from tests.training.collection import build, picture


@pytest.fixture
def shelved(tmp_path: Path) -> Shelf:
    build(tmp_path, faces=720, size=16)
    return Shelf(tmp_path / "data/align", manifest.ALIGN, ["image"], buffer_of(16))


def name(number: int) -> str:
    return f"{number:016x}-0"


def test_a_picture_is_found_by_its_face(shelved: Shelf) -> None:
    for number in (0, 99, 100, 719):
        np.testing.assert_array_equal(shelved.image(name(number)), picture(number, 16))
    assert name(719) in shelved and name(720) not in shelved


def test_row_groups_beyond_the_bound_are_dropped(shelved: Shelf) -> None:
    for number in range(0, 720, 10):
        shelved.row(name(number))
        assert sum(table.num_rows for table in shelved.kept.values()) <= 400 + 100
    assert list(shelved.kept) == [3, 4, 5, 6, 7]


def test_a_row_group_in_use_is_not_read_again(shelved: Shelf) -> None:
    shelved.row(name(0))
    first = shelved.kept[0]
    for number in (100, 5, 200, 7, 300, 9, 400, 11, 500):
        shelved.row(name(number))
    assert shelved.kept[0] is first and 1 not in shelved.kept


def test_another_process_gets_the_places_and_not_the_pictures(shelved: Shelf) -> None:
    shelved.row(name(0))
    other = pickle.loads(pickle.dumps(shelved))
    assert not other.kept and other.row(name(3)) == shelved.row(name(3))


@pytest.mark.parametrize(("side", "rows"), [(64, 400), (256, 400), (362, 200), (512, 200), (1024, 200)])
def test_fewer_large_pictures_are_mixed_than_small_ones(side: int, rows: int) -> None:
    assert buffer_of(side) == rows
