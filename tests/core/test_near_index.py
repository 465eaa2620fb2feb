from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.core import near_index
from tasks.core.hamming import Hashes, distinct
from tests.core.altered import altered


@settings(max_examples=30)
@given(altered(), st.data())
def test_step_by_step_equals_from_scratch(hashes: Hashes, data: st.DataObject) -> None:
    states = data.draw(st.lists(st.sets(st.sampled_from(hashes.tolist())), min_size=1, max_size=3))
    with TemporaryDirectory() as folder:
        grown, fresh = Path(folder) / "grown.near", Path(folder) / "fresh.near"
        for state in (set(hashes.tolist()), *states):
            near_index.refresh(grown, np.array(sorted(state), np.uint64))
        near_index.refresh(fresh, np.array(sorted(states[-1], reverse=True), np.uint64))
        assert grown.read_bytes() == fresh.read_bytes()


@settings(max_examples=30)
@given(altered(), st.data())
def test_moving_compares_new_hashes_and_gives_what_building_gives(hashes: Hashes, data: st.DataObject) -> None:
    values = distinct(hashes)
    few = data.draw(st.sets(st.sampled_from(values.tolist()), max_size=len(values) // 5))
    before = np.array([value for value in values.tolist() if value not in few], np.uint64)
    index = near_index.moved(near_index.build(before), values)
    assert index.pairs.tolist() == near_index.build(values).pairs.tolist()


def test_an_index_that_still_holds_is_not_written_again(tmp_path: Path) -> None:
    path, hashes = tmp_path / "a.near", np.array([1, 2, 2, 9], np.uint64)
    near_index.refresh(path, hashes)
    written = path.stat().st_mtime_ns
    index = near_index.refresh(path, hashes[::-1])
    assert path.stat().st_mtime_ns == written
    assert index.values.tolist() == [1, 2, 9]
    assert index.positions(hashes).tolist() == [0, 1, 1, 2]


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda data: data[:-8], id="torn"),
        pytest.param(lambda data: data[:-3], id="torn inside a word"),
        pytest.param(lambda data: data[:20], id="no head"),
        pytest.param(lambda data: b"PAR1" + data[4:], id="foreign"),
        pytest.param(lambda data: bytes([data[0] + 1]) + data[1:], id="another version"),
        pytest.param(lambda data: data[:-1] + b"x", id="a changed byte"),
    ],
)
def test_an_index_that_is_not_whole_and_ours_is_made_anew(tmp_path: Path, spoil: Callable[[bytes], bytes]) -> None:
    path, hashes = tmp_path / "a.near", np.array([1, 3, 9, 2**63], np.uint64)
    near_index.refresh(path, hashes)
    whole = path.read_bytes()
    path.write_bytes(spoil(whole))
    assert near_index.load(path) is None
    near_index.refresh(path, hashes)
    assert path.read_bytes() == whole


def test_no_hash_at_all_is_an_index_too(tmp_path: Path) -> None:
    near_index.refresh(tmp_path / "a.near", np.array([], np.uint64))
    index = near_index.load(tmp_path / "a.near")
    assert index is not None
    assert (len(index.values), len(index.pairs)) == (0, 0)
