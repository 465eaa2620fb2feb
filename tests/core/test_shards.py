from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.core import hamming, manifest, shards

SCHEMA = pa.schema([("text", pa.string())])
STATES = st.dictionaries(st.sampled_from("abcde"), st.sampled_from(["1", "2", "3"]))


def build(folder: Path, inputs: dict[str, str], setting: int = 0) -> int:
    output = shards.Output(folder, SCHEMA, (hamming,), {"setting": setting})
    return shards.update(output, inputs, lambda name: pa.table({"text": [f"{name} {inputs[name]} {setting}"]}))


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@settings(max_examples=25)
@given(st.lists(st.tuples(STATES, st.integers(0, 1), st.booleans()), min_size=1, max_size=4))
def test_step_by_step_equals_from_scratch(history: list[tuple[dict[str, str], int, bool]]) -> None:
    with TemporaryDirectory() as grown, TemporaryDirectory() as fresh:
        for inputs, setting, killed in history:
            build(Path(grown), inputs, setting)
            if killed:
                (Path(grown) / ".b.parquet.part").write_bytes(b"half a shard")
                (Path(grown) / "a.parquet").write_bytes(b"PAR1 torn")
        build(Path(grown), *history[-1][:2])
        build(Path(fresh), *history[-1][:2])
        assert content(Path(grown)) == content(Path(fresh))


def test_only_what_changed_is_made(tmp_path: Path) -> None:
    assert build(tmp_path, {"a": "1", "b": "1"}) == 2
    assert build(tmp_path, {"a": "1", "b": "1"}) == 0
    assert build(tmp_path, {"a": "1", "b": "2"}) == 1
    assert build(tmp_path, {"a": "1", "b": "2"}, setting=1) == 2


def test_a_shard_of_another_schema_is_made_anew(tmp_path: Path) -> None:
    build(tmp_path, {"a": "1"})
    wider = pa.schema([*SCHEMA, ("more", pa.int8())])
    output = shards.Output(tmp_path, wider, (hamming,), {"setting": 0})
    assert shards.update(output, {"a": "1"}, lambda _: wider.empty_table()) == 1


def test_a_shard_that_fails_leaves_the_finished_ones(tmp_path: Path) -> None:
    output = shards.Output(tmp_path, SCHEMA, (), {})

    def make(name: str) -> pa.Table:
        if name == "b":
            raise RuntimeError("no power")
        return pa.table({"text": [name]})

    with pytest.raises(RuntimeError):
        shards.update(output, {"a": "1", "b": "1"}, make)
    assert [p.name for p in manifest.shards(tmp_path)] == ["a.parquet"]


def test_a_digest_keeps_its_parts_apart() -> None:
    assert shards.digest("ab", "c") != shards.digest("a", "bc")
