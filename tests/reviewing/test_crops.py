from pathlib import Path

import pytest

from tasks.core.image import decode
from tasks.reviewing.crops import Crops
from tests.labelling.faces import SIDE, aligned, shard
from tests.reviewing.collection import face


def test_a_crop_is_found_by_its_face_in_any_group_of_any_shard(tmp_path: Path) -> None:
    shard(tmp_path, "first", [aligned(number) for number in range(120)])
    shard(tmp_path, "second", [aligned(200)])
    crops = Crops(tmp_path / "data/align")
    for number in (0, 119, 200):
        png = crops.read(face(number))
        assert png is not None
        shown = decode(png)
        assert shown.shape == (SIDE, SIDE, 3)
        assert shown[0, 0].tolist() == [180 + number % 50, 150, 120]


@pytest.mark.parametrize("face_id", ["", "../../params", "/etc/passwd", face(7)])
def test_what_is_no_face_is_not_looked_for_on_disk(face_id: str, tmp_path: Path) -> None:
    shard(tmp_path, "first", [aligned(1)])
    assert Crops(tmp_path / "data/align").read(face_id) is None


def test_a_shard_that_left_takes_its_faces_along(tmp_path: Path) -> None:
    shard(tmp_path, "first", [aligned(1)])
    crops = Crops(tmp_path / "data/align")
    (tmp_path / "data/align/first.parquet").unlink()
    assert crops.read(face(1)) is None


def test_a_face_that_left_its_shard_is_gone_at_once_and_the_others_stay(tmp_path: Path) -> None:
    shard(tmp_path, "first", [aligned(number) for number in range(120)])
    crops = Crops(tmp_path / "data/align")
    assert crops.read(face(1)) and crops.read(face(119))
    shard(tmp_path, "first", [aligned(number) for number in range(2, 120)])
    assert crops.read(face(1)) is None and face(1) not in crops
    assert face(101) in crops
    png = crops.read(face(101))  # it moved to another group of rows
    assert png is not None and decode(png)[0, 0].tolist() == [180 + 101 % 50, 150, 120]


@pytest.mark.parametrize("rest", [b"", b"PAR1 nonsense PAR1"])
def test_a_shard_that_nobody_can_read_shows_nothing(rest: bytes, tmp_path: Path) -> None:
    shard(tmp_path, "first", [aligned(1)])
    crops = Crops(tmp_path / "data/align")
    (tmp_path / "data/align/first.parquet").write_bytes(rest)
    assert crops.read(face(1)) is None
