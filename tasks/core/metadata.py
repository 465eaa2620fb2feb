"""Take place, camera, date and comment out of an image file and leave its pixels untouched.

JPEG, PNG and WebP are cut at their own segment borders, so that no pixel is decoded. What the picture needs to look
right stays: the colour profile, and the orientation as an EXIF block of one entry. Other formats have to be
re-encoded by their reader; `strip` returns None for them.
"""

import struct
from collections.abc import Iterator

ORIENTATION_TAG = 0x0112
_JPEG_KEPT_APPS = {0xE0, 0xE2, 0xEE}  # JFIF, ICC profile, Adobe's colour transform
_PNG_DROPPED = {b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"tIME", b"caBX"}
_WEBP_DROPPED = {b"EXIF", b"XMP "}


def strip(data: bytes, orientation: int) -> bytes | None:
    """The file without metadata, or None when its format is none of JPEG, PNG and WebP.

    `orientation` is EXIF's 1..8; another than 1 is written back. Raises ValueError on a broken file.
    """
    try:
        if data.startswith(b"\xff\xd8"):
            return _jpeg(data, orientation)
        if data.startswith(b"\x89PNG\r\n\x1a\n"):
            return _png(data, orientation)
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return _webp(data, orientation)
    except (IndexError, struct.error) as fault:
        raise ValueError(f"its segments break off: {fault}") from fault
    return None


def exif(orientation: int) -> bytes:
    """A TIFF block that says the orientation and nothing else."""
    return b"II*\0" + struct.pack("<IHHHIHHI", 8, 1, ORIENTATION_TAG, 3, 1, orientation, 0, 0)


def _jpeg(data: bytes, orientation: int) -> bytes:
    kept = [segment for marker, segment in _jpeg_segments(data) if _jpeg_keeps(marker, segment)]
    own = b"Exif\0\0" + exif(orientation)
    if orientation != 1:
        kept.insert(0, b"\xff\xe1" + struct.pack(">H", len(own) + 2) + own)
    return b"\xff\xd8" + b"".join(kept) + b"\xff\xd9"


def _jpeg_keeps(marker: int, segment: bytes) -> bool:
    if marker == 0xE2:
        return segment[4:16] == b"ICC_PROFILE\0"
    return marker != 0xFE and (not 0xE0 <= marker <= 0xEF or marker in _JPEG_KEPT_APPS)


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
    """Where the next marker stands that is neither a stuffed byte nor a restart."""
    while True:
        at = data.find(b"\xff", at)
        if at < 0:
            raise ValueError("the scan has no end")
        if data[at + 1] != 0 and not 0xD0 <= data[at + 1] <= 0xD7:
            return at
        at += 2


def _png(data: bytes, orientation: int) -> bytes:
    out, at = [data[:8]], 8
    while at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if kind not in _PNG_DROPPED:
            out.append(data[at:end])
        if kind == b"IHDR" and orientation != 1:
            out.append(_png_chunk(b"eXIf", exif(orientation)))
        if kind == b"IEND":
            return b"".join(out)
        at = end
    raise ValueError("the PNG has no end chunk")


def _png_chunk(kind: bytes, body: bytes) -> bytes:
    import zlib

    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _webp(data: bytes, orientation: int) -> bytes:
    chunks, at, end = [], 12, 8 + struct.unpack_from("<I", data, 4)[0]
    if end > len(data):
        raise ValueError(f"the file breaks off at {len(data)} of {end} bytes")
    while at + 8 <= end:
        kind, length = struct.unpack_from("<4sI", data, at)
        if kind not in _WEBP_DROPPED:
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
