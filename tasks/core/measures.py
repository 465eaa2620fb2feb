"""What one decode of a picture gives: its stored bytes, format, size, hash and cheap measures, or a named refusal.

A JPEG is never decoded whole: libjpeg's reduced decode, at half, a quarter or an eighth, serves every measure.
"""

import hashlib
import warnings
from importlib.metadata import version
from typing import Any

import cv2
import imagehash
import numpy as np
import PIL
from numpy.typing import NDArray
from PIL import Image as Pil
from PIL import UnidentifiedImageError

from tasks.core import image, metadata
from tasks.core.compression import blockiness, jpeg_quality
from tasks.core.grain import drawn
from tasks.core.image import Header, Image

SIDE = 256  # pixels of the shorter side at which measures are taken, so that they mean the same at any resolution
WHOLE = 32.0  # megapixels of what has to be decoded whole: codecs and copies hold up to 20 bytes a pixel
_COSINES = 2 * np.cos(np.pi / 64 * np.outer(np.arange(8), 2 * np.arange(32) + 1))  # of the DCT-II, 8 x 32
_FAULTS = (OSError, ValueError, MemoryError, cv2.error, *image.BROKEN)
_HEIC = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")
_MAGIC = (b"\xff\xd8\xff", b"\x89PNG", b"II*\0", b"MM\0*", b"GIF8", b"RIFF")


class RefusedError(Exception):
    """A file that is no usable picture: a named reason and what was seen."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


def measured(data: bytes, max_megapixels: float, digest: "hashlib._Hash | None" = None) -> dict[str, Any]:
    """Stored bytes, format, size and measures of one picture; raises RefusedError.

    `digest` is the SHA-256 of the data where it is known: it serves a JPEG again that has no metadata to lose.
    """
    if not data:
        raise RefusedError("empty", "0 bytes")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of faults in the metadata, which are about to go
        head = look(data, max_megapixels)
        try:
            stored = metadata.strip(data, head.orientation)
            if head.format == "JPEG" and stored:
                return _scaled(stored, digest if digest and stored is data else hashlib.sha256(stored), head)
            return _whole(data, stored, head)
        except _FAULTS as fault:
            raise RefusedError("unreadable", str(fault) or type(fault).__name__) from fault


def look(data: bytes, max_megapixels: float) -> Header:
    """The header alone; raises RefusedError for no image, for one too large and for a format that is not read."""
    try:
        head = image.header(data)
    except UnidentifiedImageError:
        raise _unknown(data) from None
    except _FAULTS as fault:
        raise RefusedError("unreadable", str(fault) or type(fault).__name__) from fault
    megapixels, limit = head.width * head.height / 1e6, max_megapixels
    if head.format != "JPEG":
        limit = min(limit, WHOLE)
    if megapixels > limit:
        raise RefusedError("too_large", f"{megapixels:.0f} megapixels; the limit is {limit:g} for {head.format}")
    return head


def _unknown(data: bytes) -> RefusedError:
    if data[4:8] == b"ftyp" and data[8:12] in _HEIC and not image.reads_heic():
        return RefusedError(
            "unsupported", "HEIC; `pip install pillow-heif`, then `dvc repro --force --single-item ingest`"
        )
    if data.startswith(_MAGIC):
        return RefusedError("unreadable", f"its header breaks off within {len(data)} bytes")
    return RefusedError("not_an_image", f"{len(data)} bytes of no format that is read: {', '.join(image.FORMATS)}")


def _scaled(stored: bytes, digest: "hashlib._Hash", head: Header) -> dict[str, Any]:
    """A JPEG's row from one reduced decode; its `pixels` is of the stored bytes, which say the same."""
    reduced = image.decode_reduced(stored, head, SIDE)
    width, height = (head.width, head.height) if head.orientation < 5 else (head.height, head.width)
    same = digest.copy()
    same.update(bytes([head.orientation]))
    return {"image": {"bytes": stored, "path": None}, "format": "JPEG", "width": width, "height": height,
            "orientation": head.orientation, "pixels": same.hexdigest()[:16],
            "jpeg_quality": jpeg_quality(head.table)} | measures(reduced.pixels, reduced.scale)  # fmt: skip


def _whole(data: bytes, stored: bytes | None, head: Header) -> dict[str, Any]:
    """Any other format's row; what cannot be stripped of its metadata is stored as PNG, 8 bits a channel, upright."""
    pixels = image.decode(stored or data)
    kind, orientation = (head.format, head.orientation) if stored else ("PNG", 1)
    same = hashlib.sha256(repr(pixels.shape).encode())
    same.update(np.ascontiguousarray(pixels).data)
    return {"image": {"bytes": stored or image.encode_png(pixels), "path": None}, "format": kind,
            "width": pixels.shape[1], "height": pixels.shape[0], "orientation": orientation,
            "pixels": same.hexdigest()[:16], "jpeg_quality": None} | measures(pixels)  # fmt: skip


def measures(pixels: Image, scale: int = 1) -> dict[str, Any]:
    """Perceptual hash, thumb, sharpness, brightness, contrast (grey levels), saturation, blockiness and drawn.

    `scale` is that of a reduced decode. Colours are told at half of SIDE, as most files hold them coarser than light.
    """
    small = image.at_side(pixels, SIDE)
    grey = _grey(small)
    half, grey_half = _halved(small), _halved(grey)
    brightness, contrast = cv2.meanStdDev(grey)
    return {
        "phash": phash(_halved(grey_half)),
        "thumb": cv2.resize(grey_half, (16, 16), interpolation=cv2.INTER_AREA).tobytes(),
        "sharpness": float(cv2.meanStdDev(cv2.Laplacian(grey, cv2.CV_16S))[1].item() ** 2),  # Pech-Pacheco et al., 2000
        "brightness": float(brightness.item()),
        "contrast": float(contrast.item()),
        "saturation": float(cv2.mean(cv2.extractChannel(cv2.cvtColor(half, cv2.COLOR_RGB2HSV), 1))[0]),
        "blockiness": blockiness(grey if small is pixels else _grey(pixels), scale),
        "drawn": drawn(grey, half),
    }


def phash(grey: NDArray[np.uint8]) -> int:
    """The 64 bits of imagehash.phash of this grey picture, without its detour over other types."""
    square = np.asarray(Pil.fromarray(grey).resize((32, 32), Pil.Resampling.LANCZOS))
    low = np.round(_COSINES @ square @ _COSINES.T, 6)  # so that equal ones are equal in whatever order sums are made
    return int.from_bytes(np.packbits(low > np.sort(low, axis=None)[31:33].mean()).tobytes(), "big")


def versions() -> dict[str, str]:
    """The packages whose hashes and pictures change between their releases; without pillow-heif "" is its version."""
    heif = version("pillow-heif") if image.reads_heic() else ""
    return {"imagehash": imagehash.__version__, "pillow": PIL.__version__, "opencv": cv2.__version__, "heif": heif}


def _grey(pixels: Image) -> NDArray[np.uint8]:
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)


def _halved(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(cv2.resize(pixels, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)
