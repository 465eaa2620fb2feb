from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tasks.core import manifest
from tasks.core.errors import UserError

ROWS: list[dict[str, Any]] = [
    {"face_id": f"{n}-0", "image": {"bytes": b"picture" * n, "path": None}, "teacher": "cel"} for n in range(250)
]


def test_the_same_rows_are_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        manifest.write_rows(ROWS, tmp_path / name, manifest.TEACHER, {"key": "k"})
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_what_is_written_is_read(tmp_path: Path) -> None:
    manifest.write_rows(ROWS, tmp_path / "t.parquet", manifest.TEACHER)
    assert manifest.read(tmp_path / "t.parquet", manifest.TEACHER).to_pylist() == ROWS
    assert manifest.read_all(tmp_path, manifest.TEACHER, ["face_id"]).num_rows == 250


def test_pictures_are_stored_as_they_are_and_the_rest_packed(tmp_path: Path) -> None:
    manifest.write_rows(ROWS, tmp_path / "t.parquet", manifest.TEACHER)
    group = pq.ParquetFile(tmp_path / "t.parquet").metadata.row_group(0)
    codecs = {group.column(i).path_in_schema: group.column(i).compression for i in range(group.num_columns)}
    assert codecs == {"face_id": "ZSTD", "image.bytes": "UNCOMPRESSED", "image.path": "ZSTD", "teacher": "ZSTD"}


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    manifest.write_json(path, {"a": 1})
    with pytest.raises(TypeError):
        manifest.write_json(path, {"a": object()})
    assert path.read_text() == '{\n  "a": 1\n}\n'
    assert [p.name for p in tmp_path.iterdir()] == ["t.json"]


def test_another_schema_is_refused_by_name(tmp_path: Path) -> None:
    manifest.write(pa.table({"x": [1]}), tmp_path / "t.parquet", pa.schema([("x", pa.int64())]))
    with pytest.raises(UserError, match=r"t.parquet has other columns .* `dvc repro`"):
        manifest.read(tmp_path / "t.parquet", manifest.TEACHER)


def test_a_missing_manifest_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"pair.parquet is missing; `dvc repro` makes it"):
        manifest.read(tmp_path / "pair.parquet", manifest.PAIR)


def test_reasons_are_counted_and_none_is_kept() -> None:
    assert manifest.tally(["dark", None, "dark", None, "small"]) == {
        "in": 5,
        "kept": 2,
        "reasons": {"dark": 2, "small": 1},
    }
