from pathlib import Path

import numpy as np

from tasks.core import manifest
from tasks.core.image import Image, decode_own, encode_png
from tasks.styles.cel import cel
from tasks.styles.taught import clear, update
from tasks.styles.teacher import Teacher

CEL = Teacher("cel", None, "rgb", "cel")


def picture(seed: int) -> Image:
    return np.random.default_rng(seed).integers(0, 256, (32, 32, 3)).astype(np.uint8)


def align(folder: Path, name: str, *roles: str) -> None:
    rows = [
        dict.fromkeys(manifest.ALIGN.names)
        | {"face_id": f"{name}{n}-0", "role": role, "image": {"bytes": encode_png(picture(n)), "path": None}}
        for n, role in enumerate(roles)
    ]
    manifest.write_rows(rows, folder / f"{name}.parquet", manifest.ALIGN)


def test_every_photo_is_drawn_and_no_drawing_is(tmp_path: Path) -> None:
    align(tmp_path / "align", "a", "photo", "anime", "photo")
    assert update(tmp_path / "align", tmp_path / "teacher", CEL) == ["a0-0", "a2-0"]
    rows = manifest.read_all(tmp_path / "teacher", manifest.TEACHER).to_pylist()
    assert [row["teacher"] for row in rows] == ["cel", "cel"]
    assert np.array_equal(decode_own(rows[1]["image"]["bytes"]), cel(picture(2)))


def test_a_new_shard_leaves_the_drawings_of_the_old_as_they_are(tmp_path: Path) -> None:
    align(tmp_path / "align", "a", "photo")
    update(tmp_path / "align", tmp_path / "teacher", CEL)
    old = (tmp_path / "teacher/a.parquet").stat()
    align(tmp_path / "align", "b", "photo")
    assert update(tmp_path / "align", tmp_path / "teacher", CEL) == ["a0-0", "b0-0"]
    assert (tmp_path / "teacher/a.parquet").stat() == old


def test_another_teacher_draws_anew(tmp_path: Path) -> None:
    align(tmp_path / "align", "a", "photo")
    update(tmp_path / "align", tmp_path / "teacher", CEL)
    old = (tmp_path / "teacher/a.parquet").stat().st_ino
    update(tmp_path / "align", tmp_path / "teacher", Teacher("cel", None, "rgb", "another"))
    assert (tmp_path / "teacher/a.parquet").stat().st_ino != old


def test_a_teacher_of_another_name_signs_anew_though_it_draws_the_same(tmp_path: Path) -> None:
    align(tmp_path / "align", "a", "photo")
    for name in ("first", "second"):
        update(tmp_path / "align", tmp_path / "teacher", Teacher(name, None, "rgb", "same"))
        assert manifest.read_all(tmp_path / "teacher", manifest.TEACHER)["teacher"].to_pylist() == [name]


def test_without_a_teacher_the_folder_is_there_and_empty(tmp_path: Path) -> None:
    align(tmp_path / "align", "a", "photo")
    clear(tmp_path / "teacher")
    assert update(tmp_path / "align", tmp_path / "teacher", CEL) == ["a0-0"]
    clear(tmp_path / "teacher")
    assert list((tmp_path / "teacher").iterdir()) == []
