"""Take place, camera, date and comment out of an image file and leave its pixels untouched.

JPEG, PNG and WebP are cut at their own segment borders, so that no pixel is decoded. What the picture needs to look
right stays: the colour profile, and the orientation as an EXIF block of one entry. What is kept is named; all else
goes, thumbnails and further pictures too. Other formats, and moving WebP, have to be re-encoded by their reader;
`strip` returns None for them.
"""

import re
import struct
import zlib
from collections.abc import Iterator

ORIENTATION_TAG = 0x0112
_JFIF, _ICC, _ADOBE = 0xE0, 0xE2, 0xEE
_PNG_KEPT = {b"IHDR", b"PLTE", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"sBIT", b"IDAT", b"IEND"}
_WEBP_KEPT = {b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ICCP"}
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7]", re.DOTALL)  # neither a stuffed byte nor a restart


def strip(data: bytes, orientation: int) -> bytes | None:
    """The file without metadata, or None when its format is none of JPEG, PNG and WebP at rest.

    `orientation` is EXIF's 1..8; another than 1 is written back. Where nothing has to go it is `data` itself, no copy.
    Raises ValueError on a broken file.
    """
    try:
        clean = _stripped(data, orientation)
    except (IndexError, struct.error) as fault:
        raise ValueError(f"its segments break off: {fault}") from fault
    return data if clean == data else clean


def exif(orientation: int) -> bytes:
    """A TIFF block that says the orientation and nothing else."""
    return b"II*\0" + struct.pack("<IHHHIHHI", 8, 1, ORIENTATION_TAG, 3, 1, orientation, 0, 0)


def _stripped(data: bytes, orientation: int) -> bytes | None:
    if data.startswith(b"\xff\xd8"):
        return _jpeg(data, orientation)
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return _png(data, orientation)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _webp(data, orientation)
    return None


def png_exif(data: bytes) -> bytes:
    """The EXIF block of a PNG, wherever it stands; empty where there is none, or the file breaks off before it."""
    try:
        return next((chunk[8:-4] for kind, chunk in _png_chunks(data) if kind == b"eXIf"), b"")
    except (ValueError, struct.error):
        return b""


def _jpeg(data: bytes, orientation: int) -> bytes:
    kept = [part for marker, segment in _jpeg_segments(data) if (part := _jpeg_kept(marker, segment))]
    own = b"Exif\0\0" + exif(orientation)
    if orientation != 1:
        kept.insert(0, b"\xff\xe1" + struct.pack(">H", len(own) + 2) + own)
    return b"\xff\xd8" + b"".join(kept) + b"\xff\xd9"


def _jpeg_kept(marker: int, segment: bytes) -> bytes:
    """What stays of a segment: of JFIF its 16 bytes without the thumbnail, of Adobe's the colour transform."""
    if marker == _JFIF and segment[4:9] == b"JFIF\0":
        return b"\xff\xe0\0\x10" + segment[4:16] + b"\0\0"
    if marker == _ADOBE and segment[4:9] == b"Adobe":
        return b"\xff\xee\0\x0e" + segment[4:16]
    named = marker == 0xFE or 0xE0 <= marker <= 0xEF or marker in range(0xF0, 0xFE)
    return b"" if named and not (marker == _ICC and segment[4:16] == b"ICC_PROFILE\0") else segment


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(marker, bytes) from after SOI up to EOI; a scan's entropy-coded bytes belong to its SOS."""
    at = 2
    while data[at + 1] != 0xD9:
        if data[at] != 0xFF:
            raise ValueError(f"no JPEG marker at byte {at}")
        if data[at + 1] == 0xFF:  # a fill byte
            at += 1
            continue
        end = at + 2 + struct.unpack_from(">H", data, at + 2)[0]
        if data[at + 1] == 0xDA:
            end = _scan_end(data, end)
        yield data[at + 1], data[at:end]
        at = end


def _scan_end(data: bytes, at: int) -> int:
    """Where the next marker stands."""
    found = _NEXT_MARKER.search(data, at)
    if found is None:
        raise ValueError("the scan has no end")
    return found.start()


def _png(data: bytes, orientation: int) -> bytes:
    out = [data[:8]]
    for kind, chunk in _png_chunks(data):
        if kind in _PNG_KEPT:
            out.append(chunk)
        if kind == b"IHDR" and orientation != 1:
            out.append(_png_chunk(b"eXIf", exif(orientation)))
    return b"".join(out)


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(kind, the whole chunk) up to IEND; ValueError or struct.error where the file breaks off."""
    at, kind = 8, b""
    while kind != b"IEND":
        if at >= len(data):
            raise ValueError("the PNG has no end chunk")
        length, kind = struct.unpack_from(">I4s", data, at)
        yield kind, data[at : at + 12 + length]
        at += 12 + length


def _png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _webp(data: bytes, orientation: int) -> bytes | None:
    chunks, at, end = [], 12, 8 + struct.unpack_from("<I", data, 4)[0]
    if end > len(data):
        raise ValueError(f"the file breaks off at {len(data)} of {end} bytes")
    while at + 8 <= end:
        kind, length = struct.unpack_from("<4sI", data, at)
        if kind == b"ANMF":
            return None  # its first frame is no file of its own
        if kind in _WEBP_KEPT:
            chunks.append((kind, data[at + 8 : at + 8 + length]))
        at += 8 + length + length % 2
    if chunks[0][0] == b"VP8X":
        rotated = orientation != 1
        flags = chunks[0][1][0] & ~0x0C | (0x08 if rotated else 0)  # neither XMP nor EXIF but our own
        chunks[0] = (b"VP8X", bytes([flags]) + chunks[0][1][1:])
        chunks += [(b"EXIF", exif(orientation))] if rotated else []
    body = b"WEBP" + b"".join(_riff(kind, payload) for kind, payload in chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _riff(kind: bytes, payload: bytes) -> bytes:
    return kind + struct.pack("<I", len(payload)) + payload + b"\0" * (len(payload) % 2)
