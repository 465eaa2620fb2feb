from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.core import manifest
from tasks.core.arrival import arrivals, read
from tasks.core.errors import UserError


def pictures(*rows: tuple[str, str, float, str, str]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["id", "batch", "position", "name", "cluster"])
    return table.assign(subject=None)


def order(table: pd.DataFrame) -> list[str]:
    came = arrivals(table)
    return sorted(came, key=lambda picture: came[picture])


def test_pictures_come_in_order_of_batch_and_name() -> None:
    rows = ("c", "first", 0, "b.jpg", "c"), ("a", "second", 1, "a.jpg", "a"), ("b", "first", 0, "a.jpg", "b")
    assert order(pictures(*rows)) == ["b", "c", "a"]


def test_every_copy_comes_with_its_cluster() -> None:
    came = arrivals(pictures(("new", "second", 1, "a.jpg", "x"), ("old", "first", 0, "b.jpg", "x")))
    both = (0, "b.jpg", "old", ""), (1, "a.jpg", "new", "")
    assert came == {"old": both, "new": both}


def test_the_same_file_again_came_once() -> None:
    came = arrivals(pictures(("one", "second", 1, "a.jpg", "x"), ("one", "first", 0, "b.jpg", "x")))
    assert came == {"one": ((0, "b.jpg", "one", ""),)}


def test_a_batch_without_a_position_is_named() -> None:
    with pytest.raises(UserError, match=r"data/batches.parquet lacks the batch 'late'"):
        arrivals(pictures(("a", "late", np.nan, "a.jpg", "a")))


@given(st.lists(st.tuples(st.integers(0, 3), st.text("ab", max_size=2), st.integers(0, 9)), min_size=1, max_size=12))
@settings(max_examples=30)
def test_a_batch_at_the_end_adds_arrivals_at_the_end(drawn: list[tuple[int, str, int]]) -> None:
    rows = [(f"{n:02d}", f"b{at}", at, name, f"c{of}") for n, (at, name, of) in enumerate(drawn)]
    whole = arrivals(pictures(*rows))
    for last in range(4):
        early = [row for row in rows if row[2] <= last]
        if early:
            for picture, came in arrivals(pictures(*early)).items():
                assert whole[picture][: len(came)] == came
                assert all(later.position > last for later in whole[picture][len(came) :])


def write(path: Path, schema: Any, *rows: dict[str, Any]) -> None:
    manifest.write_rows([dict.fromkeys(schema.names) | row for row in rows], path, schema)


def test_what_ingest_refused_is_not_read(tmp_path: Path) -> None:
    named = [
        {"id": id_, "batch": "b", "role": "photo", "name": f"{id_}.jpg", "subject": f"{id_}"} for id_ in ("x", "y")
    ]
    write(tmp_path / "ingest/b.parquet", manifest.INGEST, *named)
    write(tmp_path / "dedupe.parquet", manifest.DEDUPE, {"id": "y", "batch": "b", "role": "photo", "cluster": "y"})
    write(tmp_path / "batches.parquet", manifest.BATCH, {"batch": "b", "position": 3})
    found = read(tmp_path / "ingest", tmp_path / "dedupe.parquet", tmp_path / "batches.parquet")
    assert found.to_dict("records") == [
        {"id": "y", "batch": "b", "role": "photo", "name": "y.jpg", "subject": "y", "cluster": "y", "position": 3}
    ]


def test_a_file_in_both_roles_has_a_cluster_in_each(tmp_path: Path) -> None:
    both = [{"id": "x", "batch": "b", "role": role} for role in ("anime", "photo")]
    write(tmp_path / "ingest/b.parquet", manifest.INGEST, *({**row, "name": row["role"]} for row in both))
    write(tmp_path / "dedupe.parquet", manifest.DEDUPE, *({**row, "cluster": row["role"][0]} for row in both))
    write(tmp_path / "batches.parquet", manifest.BATCH, {"batch": "b", "position": 0})
    found = read(tmp_path / "ingest", tmp_path / "dedupe.parquet", tmp_path / "batches.parquet")
    assert list(zip(found["name"], found["cluster"], strict=True)) == [("anime", "a"), ("photo", "p")]
