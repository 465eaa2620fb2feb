import bz2
import errno
import gzip
import io
import lzma
import os
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tasks.core.errors import UserError
from tasks.sources import tars, zips
from tasks.sources.archive import Archive
from tasks.sources.source import Source

LIMIT = 2**22
FILES = {"b/2.jpg": b"two" * 1000, "a.jpg": b"one", "c.jpg": os.urandom(5000)}


def zipped(path: Path, files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as file:
        for name, data in files.items():
            file.writestr(name, data)
    return path


def tarred(path: Path, files: dict[str, bytes], mode: str = "w") -> Path:
    with tarfile.open(path, mode) as file:  # type: ignore[call-overload]
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            file.addfile(member, io.BytesIO(data))
    return path


def archive(path: Path) -> Archive:
    return Archive(Source("archive", str(path), batch="mine"), LIMIT)


def reasons(path: Path) -> dict[str, str | None]:
    found = archive(path)
    return {file.name: file.reason for file in found.read(list(found.names))}


PACKED: dict[str, Callable[[Path], Path]] = {
    "zip": lambda at: zipped(at / "x.zip", FILES),
    "stored": lambda at: zipped(at / "x.zip", FILES, zipfile.ZIP_STORED),
    "tar": lambda at: tarred(at / "x.tar", FILES),
    "gz": lambda at: tarred(at / "x.tar.gz", FILES, "w:gz"),
    "bz2": lambda at: tarred(at / "x.tar.bz2", FILES, "w:bz2"),
    "xz": lambda at: tarred(at / "x.tar.xz", FILES, "w:xz"),
}


@pytest.mark.parametrize("kind", PACKED)
def test_members_come_in_order_of_name_with_their_bytes(tmp_path: Path, kind: str) -> None:
    found = archive(PACKED[kind](tmp_path))
    assert list(found.names) == sorted(FILES)
    assert {file.name: file.data for file in found.read(list(found.names))} == FILES


def test_a_zip64_directory_and_bytes_before_the_archive_are_understood(tmp_path: Path) -> None:
    plain = io.BytesIO()
    with zipfile.ZipFile(plain, "w") as file, file.open("a.jpg", "w", force_zip64=True) as member:
        member.write(b"one")
    (tmp_path / "x.zip").write_bytes(b"PK: an honest preface" + plain.getvalue())
    assert [file.data for file in archive(tmp_path / "x.zip").read(["a.jpg"])] == [b"one"]


def test_more_members_than_16_bits_count_are_all_there(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", dict.fromkeys((f"{n}.jpg" for n in range(66000)), b""), zipfile.ZIP_STORED)
    assert len(archive(path).names) == 66000


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_hidden_members_and_folders_are_no_pictures(tmp_path: Path, pack: Callable[..., Path]) -> None:
    path = pack(tmp_path / "x", {"a.jpg": b"x", ".b.jpg": b"x", "__MACOSX/a.jpg": b"x"})
    assert list(archive(path).names) == ["a.jpg"]


@pytest.mark.parametrize("pack", [zipped, tarred])
@pytest.mark.parametrize("top", ["", "selfies/"])
def test_records_in_an_archive_are_read_and_are_no_picture(tmp_path: Path, pack: Callable[..., Path], top: str) -> None:
    files = {f"{top}a.jpg": b"x", f"{top}records.csv": b"name,author\na.jpg,Ada\n"}
    found = archive(pack(tmp_path / "x", files))
    assert list(found.names) == [f"{top}a.jpg"]
    assert found.records.of(f"{top}a.jpg").author == "Ada"


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_a_bad_name_is_a_row_and_the_others_are_read(tmp_path: Path, pack: Callable[..., Path]) -> None:
    bad = {
        "../../up.jpg": "unsafe_path",
        "/abs.jpg": "unsafe_path",
        "C:\\windows.jpg": "unsafe_path",
        "bell\a.jpg": "bad_name",
        "n" * 4000 + ".jpg": "bad_name",
        "more.tar.gz": "nested_archive",
        "Case.jpg": None,
        "case.jpg": None,
    }
    assert reasons(pack(tmp_path / "x", dict.fromkeys(bad, b"x"))) == bad


def test_a_name_that_is_no_utf8_costs_a_zip_one_row(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", {"ä.jpg": b"x", "b.jpg": b"x"})
    path.write_bytes(path.read_bytes().replace("ä".encode(), b"\xff\xfe"))
    assert sorted(map(str, reasons(path).values())) == ["None", "bad_name"]
    path = tarred(tmp_path / "x.tar", {os.fsdecode(b"\xff.jpg"): b"x", "b.jpg": b"x"})
    assert sorted(map(str, reasons(path).values())) == ["None", "bad_name"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_a_second_member_of_a_name_says_so(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"x.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as file:
            file.writestr("a.jpg", b"1")
            file.writestr("a.jpg", b"2")
    else:
        tarred(path, {"a.jpg": b"1"})
        tarred(path, {"a.jpg": b"2"}, "a")
    assert reasons(path) == {"a.jpg": None, "a.jpg (entry 2)": "same_name"}


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_a_link_or_a_device_in_a_tar_is_no_file(tmp_path: Path, kind: bytes) -> None:
    with tarfile.open(tmp_path / "x.tar", "w") as file:
        member = tarfile.TarInfo("a.jpg")
        member.type, member.linkname = kind, "/etc/passwd"
        file.addfile(member)
    assert reasons(tmp_path / "x.tar") == {"a.jpg": "not_a_file"}


def test_a_link_in_a_zip_is_no_file(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as file:
        member = zipfile.ZipInfo("a.jpg")
        member.create_system, member.external_attr = 3, 0o120777 << 16
        file.writestr(member, "/etc/passwd")
    assert reasons(tmp_path / "x.zip") == {"a.jpg": "not_a_file"}


def patched(path: Path, **fields: int) -> Path:
    """The zip with fields of its only directory entry written over."""
    at = {"flags": (8, "<H"), "method": (10, "<H"), "crc": (16, "<L"), "size": (24, "<L"), "offset": (42, "<L")}
    data = bytearray(path.read_bytes())
    entry = data.rfind(b"PK\1\2")
    for name, value in fields.items():
        struct.pack_into(at[name][1], data, entry + at[name][0], value)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"flags": 1}, "encrypted"),
        ({"method": 93}, "unreadable"),
        ({"crc": 1}, "unreadable"),
        ({"size": 10}, "unreadable"),
        ({"size": 9000}, "unreadable"),
        ({"size": LIMIT + 1}, "zip_bomb"),
        ({"offset": 7}, "unreadable"),
    ],
)
def test_a_directory_that_lies_is_not_believed(tmp_path: Path, fields: dict[str, int], reason: str) -> None:
    path = patched(zipped(tmp_path / "x.zip", {"a.jpg": b"two" * 1000}), **fields)
    assert reasons(path) == {"a.jpg": reason}


def test_a_member_above_the_limit_is_not_unpacked(tmp_path: Path) -> None:
    assert reasons(zipped(tmp_path / "x.zip", {"a.jpg": os.urandom(LIMIT + 1)})) == {"a.jpg": "too_many_bytes"}
    assert reasons(tarred(tmp_path / "x.tar", {"a.jpg": bytes(LIMIT + 1)})) == {"a.jpg": "too_many_bytes"}


def test_a_bomb_that_says_so_is_refused_and_one_that_lies_stops_at_its_lie(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", {"a.jpg": bytes(LIMIT)})
    assert reasons(path) == {"a.jpg": "zip_bomb"}
    entry = zips.Entry("a.jpg", 100, 10**6, 0, zips.DEFLATED, 0)
    with path.open("rb") as file, pytest.raises(zips.ArchiveError, match="says 100 bytes; it holds more"):
        zips.unpacked(file, entry)


def test_members_that_share_their_bytes_are_a_bomb(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", {"a.jpg": b"x" * 100, "b.jpg": b"x" * 100})
    assert reasons(patched(path, offset=0)) == {"a.jpg": "zip_bomb", "b.jpg": None}


def test_a_tar_that_unpacks_to_far_more_than_it_is_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tars, "HARMLESS", 2**20)
    path = tarred(tmp_path / "x.tar.gz", {"a.jpg": b"x", "b.jpg": bytes(2**25)}, "w:gz")
    assert reasons(path) == {"a.jpg": None, "b.jpg": "unreadable", "x.tar.gz": "broken_archive"}


def test_an_xz_stream_that_wants_much_memory_gets_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tars, "MEMORY", 2**20)
    assert reasons(PACKED["xz"](tmp_path)) == {"x.tar.xz": "broken_archive"}


@pytest.mark.parametrize("kind", ["gz", "bz2", "xz"])
def test_streams_one_after_the_other_are_one(tmp_path: Path, kind: str) -> None:
    data, squeeze = tarred(tmp_path / "x", FILES).read_bytes(), {"gz": gzip, "bz2": bz2, "xz": lzma}[kind]
    path = tmp_path / f"x.tar.{kind}"
    path.write_bytes(squeeze.compress(data[:4000]) + squeeze.compress(data[4000:]))
    assert reasons(path) == dict.fromkeys(sorted(FILES))


def test_a_header_that_wants_a_gigabyte_gets_none(tmp_path: Path) -> None:
    member = tarfile.TarInfo("././@LongLink")
    member.type, member.size = tarfile.GNUTYPE_LONGNAME, 2**30
    (tmp_path / "x.tar").write_bytes(member.tobuf() + bytes(4096))
    assert reasons(tmp_path / "x.tar") == {"x.tar": "broken_archive"}


@pytest.mark.parametrize("kind", PACKED)
def test_a_truncated_archive_has_a_row_that_says_so(tmp_path: Path, kind: str) -> None:
    path = PACKED[kind](tmp_path)
    data = path.read_bytes()
    path.write_bytes(data[: 6000 if kind == "tar" else len(data) * 6 // 10])
    found = reasons(path)
    assert found.pop(path.name) == "broken_archive"
    assert set(found.values()) <= {None, "unreadable"}


@pytest.mark.parametrize(
    "data", [b"PK", b"\x1f\x8b" + bytes(50), b"BZh9" + bytes(50), b"\xfd7zXZ\0" + bytes(50), b"no"]
)
def test_what_is_no_archive_is_a_row(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x").write_bytes(data)
    assert reasons(tmp_path / "x") == {"x": "broken_archive"}


def test_an_archive_without_a_member_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no file; add pictures"):
        archive(zipped(tmp_path / "x.zip", {}))


def test_random_damage_never_raises(tmp_path: Path) -> None:
    for pack in PACKED.values():
        whole = pack(tmp_path)
        data = whole.read_bytes()
        for at in range(0, len(data), max(len(data) // 60, 1)):
            whole.write_bytes(data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :])
            try:
                assert reasons(whole)
            except UserError as fault:
                assert "holds no file" in str(fault)


def test_the_stamp_follows_the_archive_and_unpacks_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = zipped(tmp_path / "x.zip", FILES)
    monkeypatch.setattr(zips, "unpacked", lambda *_: pytest.fail("it was unpacked"))
    before = archive(path).stamp(["a.jpg"])
    assert archive(path).stamp(["a.jpg"]) == before != archive(path).stamp(["c.jpg"])
    zipped(path, {**FILES, "d.jpg": b"new"})
    assert archive(path).stamp(["a.jpg"]) != before


def test_a_stored_member_that_claims_a_terabyte_is_a_row(tmp_path: Path) -> None:
    data = bytearray(zipped(tmp_path / "a.zip", {"a.jpg": b"x" * 10}, zipfile.ZIP_STORED).read_bytes())
    at, end = data.index(b"PK\1\2"), data.index(b"PK\5\6")
    wide = struct.pack("<2HQ", 1, 8, 2**40)
    data[at + 20 : at + 24] = struct.pack("<L", zips.FULL)
    data[at + 30 : at + 32] = struct.pack("<H", len(wide))
    data[end + 12 : end + 16] = struct.pack("<L", end - at + len(wide))
    (tmp_path / "a.zip").write_bytes(data[:end] + wide + data[end:])
    assert reasons(tmp_path / "a.zip") == {"a.jpg": "unreadable"}


def test_a_tar_of_headers_in_headers_is_a_row(tmp_path: Path) -> None:
    header = tarfile.TarInfo("././@LongLink")
    header.type, header.size = tarfile.GNUTYPE_LONGNAME, 2
    deep = (header.tobuf(tarfile.GNU_FORMAT) + b"a".ljust(tarfile.BLOCKSIZE, b"\0")) * 2000
    (tmp_path / "a.tar").write_bytes(deep + bytes(2 * tarfile.BLOCKSIZE))
    assert reasons(tmp_path / "a.tar") == {"a.tar": "broken_archive"}


def test_a_full_disk_is_no_fault_of_the_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.BytesIO):
        def write(self, _: object, /) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    path = tarred(tmp_path / "a.tar.gz", {"a.jpg": b"x"}, "w:gz")
    monkeypatch.setattr("tasks.sources.tars.tempfile.TemporaryFile", lambda **_: Full())
    with pytest.raises(OSError, match="No space left"):
        archive(path)
