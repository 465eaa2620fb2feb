from pathlib import Path

import pytest

from tasks.core import manifest
from tasks.core.pictures import Pictures

ROWS = manifest.ROW_GROUP + 20


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two shards; the first has two row groups, the second one picture of the same id and a row without one."""
    first = [row(f"{number:03d}", f"first {number}".encode()) for number in range(ROWS)]
    manifest.write_rows(first, tmp_path / "a.parquet", manifest.TEACHER)
    second = [row("000", b"second"), row("none", None)]
    manifest.write_rows(second, tmp_path / "b.parquet", manifest.TEACHER)
    return tmp_path


def row(name: str, data: bytes | None) -> dict[str, object]:
    return {"face_id": name, "image": {"bytes": data, "path": None} if data else None, "teacher": "cel"}


@pytest.mark.parametrize("number", [0, manifest.ROW_GROUP - 1, manifest.ROW_GROUP, ROWS - 1])
def test_a_picture_is_found_in_any_row_group_and_the_first_of_its_id_counts(folder: Path, number: int) -> None:
    stored = Pictures(folder, manifest.TEACHER, "face_id")
    assert stored.read(f"{number:03d}") == f"first {number}".encode()


def test_a_row_without_a_picture_gives_none_and_an_unknown_id_is_not_in_it(folder: Path) -> None:
    stored = Pictures(folder, manifest.TEACHER, "face_id")
    assert stored.read("none") is None
    assert "none" in stored
    assert "stranger" not in stored


def test_in_order_gives_each_known_id_once_as_they_lie(folder: Path) -> None:
    stored = Pictures(folder, manifest.TEACHER, "face_id")
    assert stored.in_order(["none", "110", "stranger", "002", "110"]) == ["002", "110", "none"]
