from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tasks import align
from tasks.align import Aligner, Params
from tasks.core import manifest
from tasks.core.errors import UserError
from tasks.core.image import Image, decode_own, encode_png
from tasks.core.pool import pool
from tasks.faces.finder import Finder, Settings
from tasks.faces.geometry import invert, transform
from tasks.faces.upright import turned
from tasks.sample import LOOKS, portrait

SIZE = 128
Row = dict[str, Any]


def photo(name: str, image: Image, role: str = "photo") -> Row:
    """As ingest records it."""
    return {"id": name, "batch": "b", "role": role, "subject": "", "image": {"bytes": encode_png(image), "path": None}}


@pytest.fixture
def shard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Row]:
    """One shard: two people side by side, one of them alone on their side, and a drawing; with what the finder saw."""
    monkeypatch.chdir(tmp_path)
    pair = np.hstack([portrait("collins", LOOKS[0])[:600, :600], portrait("sixth", LOOKS[1])[:600, :600]])
    rows = [photo("a", pair), photo("b", turned(portrait("sixth", LOOKS[0]), 1))]
    rows.append(photo("c", portrait("hopper", LOOKS[0]) // 2, "anime"))
    seen = [Finder(Settings())(row) for row in rows]
    manifest.write(pa.Table.from_pylist(rows, manifest.INGEST), align.INGEST / "s.parquet", manifest.INGEST)
    manifest.write(pa.Table.from_pylist(seen, manifest.FACES), align.FACES / "s.parquet", manifest.FACES)
    return seen


def by_key(chosen: dict[str, list[int]]) -> align.Chosen:
    return {(name, "b", "anime" if name == "c" else "photo"): numbers for name, numbers in chosen.items()}


def faces(chosen: dict[str, list[int]], known: list[Row] | None = None, **given: Any) -> list[Row]:
    aligner = Aligner(SIZE, Settings(), **given)
    with pool(1) as workers:
        wanted = align.pictures("s", by_key(chosen))
        rows: list[Row] = align.aligned(wanted, known or [], aligner, workers).to_pylist()
    return rows


def test_every_chosen_face_of_a_picture_has_a_row_of_its_own(shard: list[Row]) -> None:
    found = faces({"a": [0, 1], "c": [0]})
    assert [row["face_id"] for row in found] == ["a-0", "a-1", "c-0"]
    for row in found:
        source = np.reshape(shard["abc".index(row["id"])]["faces"][int(row["face_id"][-1])]["landmarks"], (5, 2))
        matrix, points = np.reshape(row["matrix"], (2, 3)), np.reshape(row["landmarks"], (5, 2))
        assert np.abs(transform(invert(matrix), points) - source).max() < 0.5
    embeddings = [np.array(row["embedding"]) for row in found]
    assert np.linalg.norm(embeddings[0] - embeddings[1]) > 0.6


def test_a_face_on_its_side_is_upright_in_its_crop(shard: list[Row]) -> None:
    assert shard[1]["quarter"] == 3
    row = faces({"b": [0]})[0]
    points = np.reshape(row["landmarks68"], (68, 2))
    assert points[:27, 1].min() < points[27, 1] < points[8, 1]
    assert abs(row["roll"]) < 15


def test_drawings_take_the_palette_and_photos_do_not(shard: list[Row]) -> None:
    assert shard
    bright = np.tile(np.clip((np.arange(256) - 200) / 55, 0, 1), (3, 1))
    plain, inked = faces({"a": [0], "c": [0]}), faces({"a": [0], "c": [0]}, palette=bright)
    assert plain[0] == inked[0]
    levels = [decode_own(row["image"]["bytes"]).mean() for row in (plain[1], inked[1])]
    assert levels[0] < 150 < 200 < levels[1]


def test_the_palette_is_the_mean_of_the_drawings_and_part_of_their_key(shard: list[Row]) -> None:
    assert shard
    aligner, chosen = Aligner(SIZE, Settings()), by_key({"c": [0]})
    found = align.palette(chosen, aligner)
    assert found is not None
    assert np.allclose(found[:, -1], 1)
    stamps = [align.bases_of({"s": chosen}, Aligner(SIZE, Settings(), ink)) for ink in (None, found, found / 2)]
    assert len({stamp["s"] for stamp in stamps}) == 3


def test_known_faces_are_taken_over_and_new_ones_take_their_place(shard: list[Row]) -> None:
    assert shard
    known = faces({"a": [1], "c": [0]})
    marked = [row | {"roll": 99.0} for row in known]
    found = faces({"a": [1], "b": [0], "c": [0]}, marked)
    assert [(row["face_id"], row["roll"] == 99.0) for row in found] == [("a-1", True), ("b-0", False), ("c-0", True)]
    assert faces({"a": [1], "b": [0], "c": [0]}, known) == faces({"a": [1], "b": [0], "c": [0]})


def test_the_palette_is_drawn_from_the_smallest_ids_of_the_drawings() -> None:
    rows = [{"id": f"{i:03d}", "batch": "b", "role": "anime", "chosen": [2, 3]} for i in reversed(range(250))]
    rows.append({"id": "000", "batch": "a", "role": "photo", "chosen": [0]})
    found = align.sampled(pa.Table.from_pylist(rows))
    assert next(iter(found)) == ("000", "b", "anime")
    assert (len(found), found["007", "b", "anime"]) == (align.PALETTE, [2])


def test_a_file_that_two_shards_of_a_batch_hold_is_aligned_once(shard: list[Row]) -> None:
    assert shard
    rows = [photo("a", np.zeros((8, 8, 3), np.uint8)), photo("c", np.zeros((8, 8, 3), np.uint8))]
    manifest.write(pa.Table.from_pylist(rows, manifest.INGEST), align.INGEST / "t.parquet", manifest.INGEST)
    chosen = by_key({"a": [0], "c": [0]})
    assert align.claims(chosen) == {"s": chosen, "t": {}}


def test_a_side_that_networks_cannot_halve_twice_is_refused() -> None:
    with pytest.raises(UserError, match=r"align\.size is 130; use a multiple of 4"):
        Params(size=130)
