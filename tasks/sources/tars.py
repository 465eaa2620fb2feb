"""Tar archives, plain or compressed: members are found by their place in the unpacked stream, and read from there."""

import bz2
import gzip
import lzma
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

from tasks.sources import names as naming
from tasks.sources.zips import STORED, ArchiveError, Entry

FAULTS = (EOFError, OSError, zlib.error, lzma.LZMAError)
BOMB, HARMLESS = 100, 2**30  # a stream above HARMLESS bytes may be BOMB times as large as it is packed
LONGEST_HEADER = 2**16  # bytes of a long name or of attributes, which the standard library reads in one go
BLOCK = 2**20
MEMORY = 2**28  # bytes an xz stream may ask for; `xz -9` asks for 65 MiB
SPOOL = Path("data")  # not the system's own place, which is memory on many machines


class Headers:
    """A stream for tarfile that hands out no more at once than an honest header needs."""

    def __init__(self, file: BinaryIO) -> None:
        self.seek, self.tell, self._file = file.seek, file.tell, file

    def read(self, size: int) -> bytes:
        """Up to `size` bytes; raises ReadError when they are more than a header."""
        if size > LONGEST_HEADER:
            raise tarfile.ReadError(f"a header of {size} bytes")
        return self._file.read(size)


def plain(file: BinaryIO) -> tuple[BinaryIO, str]:
    """(the unpacked stream, what went wrong while unpacking): a compressed one lies in a nameless file on disk."""
    file.seek(0)
    head = file.read(6)
    opener = next((opener for magic, opener in OPENERS.items() if head.startswith(magic)), None)
    if opener is None:
        return file, ""
    limit = max(HARMLESS, BOMB * file.seek(0, 2))
    file.seek(0)
    spool = cast(BinaryIO, tempfile.TemporaryFile(dir=SPOOL if SPOOL.is_dir() else None))  # noqa: SIM115
    with file:
        return spool, _copied(opener(file), spool, limit)


def entries(file: BinaryIO) -> Iterator[Entry]:
    """The members in the archive's order, folders left out; raises ArchiveError where the stream breaks off."""
    length = file.seek(0, 2)
    file.seek(0)
    try:
        with tarfile.open(fileobj=cast(BinaryIO, Headers(file)), mode="r:", errors="surrogateescape") as tar:
            while (info := tar.next()) is not None:
                cast(Any, tar).members = []  # it would hold them all
                if not info.isdir():
                    yield _entry(info, length)
            file.seek(tar.offset)
    except (tarfile.TarError, ValueError, OverflowError, OSError, RecursionError) as fault:  # a header in a header ...
        raise ArchiveError(str(fault)) from fault
    if file.read(tarfile.BLOCKSIZE).strip(b"\0"):
        raise ArchiveError(f"no header at byte {tar.offset}")
    if tar.offset + tarfile.BLOCKSIZE > length:
        raise ArchiveError(f"it breaks off at byte {length}")


def _entry(info: tarfile.TarInfo, length: int) -> Entry:
    entry = Entry(info.name.removeprefix("./"), info.size, info.size, info.offset_data, STORED, 0)
    fault = naming.fault(info.name) or _fault(info, length)
    return entry._replace(reason=fault[0], detail=fault[1]) if fault else entry


def _fault(info: tarfile.TarInfo, length: int) -> tuple[str, str] | None:
    if not info.isreg() or info.issparse():
        return "not_a_file", "a link, a device or a file with holes"
    if info.offset_data + info.size > length:
        return "unreadable", "the archive breaks off in it"
    return None


def _copied(blocks: Iterator[bytes], spool: BinaryIO, limit: int) -> str:
    """What went wrong, "" for nothing; what came before it is kept."""
    try:
        for block in blocks:
            if spool.tell() + len(block) > limit:
                return f"it unpacks to more than {limit} bytes"
            spool.write(block)
    except FAULTS as fault:
        if getattr(fault, "errno", None) is not None:
            raise  # a full disk is no fault of the archive: a shard would remember it as one
        return f"it cannot be unpacked to its end: {fault}"
    return ""


def _gzip(file: BinaryIO) -> Iterator[bytes]:
    with gzip.open(file) as stream:
        while block := stream.read(BLOCK):
            yield block


def _bzip2(file: BinaryIO) -> Iterator[bytes]:
    with bz2.open(file) as stream:
        while block := stream.read(BLOCK):
            yield block


def _xz(file: BinaryIO) -> Iterator[bytes]:
    """The streams one after the other; `lzma.open` would grant whatever dictionary a header asks for."""
    stream, packed, whole = lzma.LZMADecompressor(memlimit=MEMORY), file.read(BLOCK), False
    while packed:
        yield stream.decompress(packed, BLOCK)
        while not (stream.eof or stream.needs_input):
            yield stream.decompress(b"", BLOCK)
        packed, whole = stream.unused_data.lstrip(b"\0"), stream.eof
        if whole:
            stream = lzma.LZMADecompressor(memlimit=MEMORY)
        packed = packed or file.read(BLOCK)
    if not whole:
        raise EOFError("it breaks off")


OPENERS: dict[bytes, Callable[[BinaryIO], Iterator[bytes]]] = {b"\x1f\x8b": _gzip, b"BZh": _bzip2, b"\xfd7zXZ\0": _xz}
