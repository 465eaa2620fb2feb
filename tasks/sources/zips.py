"""Zip archives, read from their central directory: nothing in it is believed that has not been checked.

The standard library's reader gives a whole archive up over one name that is no UTF-8, and holds some 600 bytes per
member; here a bad member is one row, and a million of them fit. Layout: PKWARE's APPNOTE.TXT 6.3.
"""

import stat
import struct
import sys
import zlib
from collections.abc import Iterable, Iterator
from typing import BinaryIO, NamedTuple

from tasks.sources import names as naming

END, END64, LOCATOR = struct.Struct("<4s4H2LH"), struct.Struct("<4sQ2H2L4Q"), struct.Struct("<4sLQL")
HEADER, LOCAL = struct.Struct("<4s6H3L5H2L"), struct.Struct("<4s5H3L2H")
LARGEST_DIRECTORY = 512 * 2**20  # bytes: some six million members
RATIO, HARMLESS = 500, 2**20  # a member above HARMLESS bytes may be RATIO times as large as it is packed
STORED, DEFLATED = 0, 8
FULL = 0xFFFFFFFF  # "see the extra field"
BLOCK = 2**16


class ArchiveError(Exception):
    """An archive, or a member of it, that cannot be read."""


class Entry(NamedTuple):
    """One member: where its bytes are, and why they are not taken, where they are not."""

    name: str
    size: int
    packed: int
    offset: int
    method: int
    crc: int
    reason: str | None = None
    detail: str = ""


def entries(file: BinaryIO) -> Iterator[Entry]:
    """The members in the directory's order, folders left out; raises ArchiveError without a whole directory."""
    start, size, base = directory(file)
    file.seek(start)
    end = start + size
    while file.tell() + HEADER.size <= end:
        fields = HEADER.unpack(file.read(HEADER.size))
        tail = file.read(sum(fields[10:13]))
        if fields[0] != b"PK\1\2" or len(tail) < sum(fields[10:13]):
            raise ArchiveError("its directory breaks off")
        entry = _entry(fields, tail, base)
        if not entry.name.endswith("/"):
            yield entry


def apart(entries: Iterable[Entry]) -> list[Entry]:
    """The members in order of place; one that reaches into the next is refused (Fifield, A better zip bomb, 2019)."""
    ordered = sorted(entries, key=lambda entry: entry.offset)
    ends = [following.offset for following in ordered[1:]] + [sys.maxsize]
    return [
        entry if entry.offset + LOCAL.size + entry.packed <= end
        else entry._replace(reason="zip_bomb", detail="it shares its bytes with another member")
        for entry, end in zip(ordered, ends, strict=False)
    ]  # fmt: skip


def directory(file: BinaryIO) -> tuple[int, int, int]:
    """(start, bytes, offset of the archive in the file) of the central directory."""
    length = file.seek(0, 2)
    file.seek(max(length - END.size - 2**16, 0))
    tail = file.read()
    at = tail.rfind(b"PK\5\6")
    if at < 0 or at + END.size > len(tail):
        raise ArchiveError("it has no directory: cut off, or no zip")
    size, offset = END.unpack_from(tail, at)[5:7]
    start = length - len(tail) + at
    if at >= LOCATOR.size and tail[at - LOCATOR.size : at - LOCATOR.size + 4] == b"PK\6\7":
        start -= LOCATOR.size + END64.size
        file.seek(max(start, 0))
        found = file.read(END64.size)
        if found[:4] != b"PK\6\6" or len(found) < END64.size:
            raise ArchiveError("its directory's end is not where it says")
        size, offset = END64.unpack(found)[8:10]
    start -= size
    if start < 0 or start < offset or size > LARGEST_DIRECTORY:
        raise ArchiveError(f"its directory of {size} bytes cannot be")
    return start, size, start - offset


def unpacked(file: BinaryIO, entry: Entry) -> bytes:
    """The member's bytes: never more than its directory entry says; raises ArchiveError where they are others."""
    file.seek(entry.offset)
    head = file.read(LOCAL.size)
    if len(head) < LOCAL.size or head[:4] != b"PK\3\4":
        raise ArchiveError("it is not where the directory says")
    file.seek(sum(LOCAL.unpack(head)[9:11]), 1)
    data = file.read(entry.packed) if entry.method == STORED else _inflated(file, entry)
    if len(data) != entry.size:
        raise ArchiveError(
            f"the directory says {entry.size} bytes; it holds {'more' if len(data) > entry.size else len(data)}"
        )
    if zlib.crc32(data) != entry.crc:
        raise ArchiveError("its checksum is wrong")
    return data


def _inflated(file: BinaryIO, entry: Entry) -> bytes:
    """At most one byte more than `entry.size`, so that a lie shows and a bomb does not go off."""
    stream, left, out = zlib.decompressobj(-zlib.MAX_WBITS), entry.packed, bytearray()
    try:
        while len(out) <= entry.size and not stream.eof:
            block = stream.unconsumed_tail or file.read(min(left, BLOCK))
            left -= 0 if stream.unconsumed_tail else len(block)
            if not block:
                break
            out += stream.decompress(block, entry.size + 1 - len(out))
    except zlib.error as fault:
        raise ArchiveError(f"it cannot be unpacked: {fault}") from fault
    return bytes(out)


def _entry(fields: tuple[int, ...], tail: bytes, base: int) -> Entry:
    made, flags, method, crc, packed, size = (fields[at] for at in (1, 3, 4, 7, 8, 9))
    length, extra, mode, offset = fields[10], fields[11], fields[15] >> 16, fields[16]
    size, packed, offset = _wide(tail[length : length + extra], size, packed, offset)
    raw = tail[:length]
    name = naming.decoded(raw) if flags & 0x800 or _is_utf8(raw) else raw.decode("cp437")
    entry = Entry(name, size, packed, base + offset, method, crc)
    link = made >> 8 == 3 and stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR)
    fault = naming.fault(name) or _fault(entry, bool(flags & 1), link)
    return entry._replace(reason=fault[0], detail=fault[1]) if fault else entry


def _fault(entry: Entry, encrypted: bool, link: bool) -> tuple[str, str] | None:
    if link:
        return "not_a_file", "a link or a device"
    if encrypted:
        return "encrypted", "it needs a password; pack it without"
    if entry.method not in (STORED, DEFLATED):
        return "unreadable", f"compression method {entry.method}; use stored or deflated"
    if entry.method == STORED and entry.packed != entry.size:
        return "unreadable", f"stored, but {entry.size} bytes out of {entry.packed}"
    if entry.size > max(HARMLESS, RATIO * entry.packed):
        return "zip_bomb", f"{entry.size} bytes out of {entry.packed}"
    return None


def _wide(extra: bytes, *values: int) -> tuple[int, ...]:
    """The values, with those that do not fit in 32 bits from the zip64 extra field (id 1)."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        if kind == 1:
            field = extra[at + 4 : at + 4 + length]
            wide = iter(struct.unpack_from(f"<{len(field) // 8}Q", field))
            return tuple(next(wide, value) if value == FULL else value for value in values)
        at += 4 + length
    return values


def _is_utf8(raw: bytes) -> bool:
    try:
        return bool(raw.decode())
    except UnicodeDecodeError:
        return False
