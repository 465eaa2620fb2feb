import os
from pathlib import Path
from typing import Any

import pytest

from tasks.trying import folder


def test_the_folder_is_its_owners_alone_and_ends_with_its_use(tmp_path: Path) -> None:
    with folder.claimed(tmp_path) as own:
        assert own.stat().st_mode & 0o077 == 0
        (own / folder.UPLOADS / "photo.png").write_bytes(b"a face")
    assert not own.exists()


def test_what_a_killed_process_left_goes_and_what_is_in_use_stays(tmp_path: Path) -> None:
    left = tmp_path / f"{folder.PREFIX}left"
    (left / folder.UPLOADS).mkdir(parents=True)
    (left / folder.UPLOADS / "photo.png").write_bytes(b"a face")
    with folder.claimed(tmp_path) as own, folder.claimed(tmp_path) as other:
        assert own != other
        assert own.is_dir() and other.is_dir()
        assert not left.exists()


def test_uploads_that_nobody_read_are_swept_away_once_they_are_old(tmp_path: Path) -> None:
    old, new = tmp_path / folder.UPLOADS / "a" / "old.png", tmp_path / folder.UPLOADS / "b" / "new.png"
    for file in (old, new):
        file.parent.mkdir(parents=True)
        file.write_bytes(b"a face")
    os.utime(old, (0, 0))
    folder.sweep(tmp_path / folder.UPLOADS, 60)
    assert [path.name for path in (tmp_path / folder.UPLOADS).rglob("*")] == ["b", "new.png"]


def test_an_upload_is_read_and_nothing_beside_it(tmp_path: Path) -> None:
    uploads = tmp_path / folder.UPLOADS
    uploads.mkdir()
    (uploads / "photo.png").write_bytes(b"a face")
    (tmp_path / "secret").write_bytes(b"a secret")
    (uploads / "link").symlink_to(tmp_path / "secret")
    assert folder.read(uploads, uploads / "photo.png") == b"a face"
    for other in ("../secret", "link", "gone.png", "zero\0byte"):
        assert folder.read(uploads, uploads / other) is None


def test_names_that_another_user_took_stand_in_no_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = [tmp_path / f"{folder.PREFIX}lock", tmp_path / f"{folder.PREFIX}theirs"]
    for path in taken:
        path.mkdir()
    real = os.open

    def refused(path: Path, *rest: Any) -> int:
        if path in taken:
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, *rest)

    monkeypatch.setattr(os, "open", refused)
    with folder.claimed(tmp_path) as own:
        assert own not in taken and (own / folder.UPLOADS).is_dir()
    assert all(path.is_dir() for path in taken)
