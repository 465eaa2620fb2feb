"""The only place that knows codecs, EXIF and colour profiles. An Image is h x w x 3, RGB, sRGB, 0..255, upright."""

import io
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pil
from PIL import ImageCms, ImageFile, ImageOps, PngImagePlugin

from tasks.core.errors import nearest, require
from tasks.core.metadata import ORIENTATION_TAG, png_exif

Image = NDArray[np.uint8]

FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "TIFF", "GIF", "BMP")  # of what Pillow reads; the rest is risk without use
WRITTEN = ("webp", "png", "avif", "jpeg")  # what `encode` knows
# What Pillow's readers raise of broken files beside OSError and ValueError.
BROKEN = (SyntaxError, RuntimeError, TypeError, AttributeError, LookupError, EOFError, ArithmeticError, AssertionError,
          struct.error, zlib.error)  # fmt: skip
_SRGB = ImageCms.createProfile("sRGB")
_SCALED = {1: cv2.IMREAD_GRAYSCALE, 2: cv2.IMREAD_REDUCED_GRAYSCALE_2, 4: cv2.IMREAD_REDUCED_GRAYSCALE_4,
           8: cv2.IMREAD_REDUCED_GRAYSCALE_8}  # fmt: skip


@dataclass(frozen=True)
class Header:
    """What a file says of its picture before anything is decoded."""

    format: str
    width: int  # as stored
    height: int
    orientation: int  # EXIF 1..8
    plain: bool = True  # grey or RGB without a profile: sRGB as it is
    table: tuple[int, ...] = ()  # a JPEG's luminance quantisation, in row order


@dataclass(frozen=True)
class Reduced:
    """A JPEG decoded at 1/scale of its size."""

    pixels: Image
    scale: int


def decode(data: bytes) -> Image:
    """An image file's picture, upright and in sRGB; transparency falls on white, of an animation the first frame.

    Raises OSError or ValueError (Pillow's own) when the bytes are no complete image.
    """
    with opened(data) as picture, _broken_told():
        picture.load()
        return _upright(picture)


def decode_reduced(data: bytes, head: Header, side: int) -> Reduced:
    """A JPEG at the smallest of 1/1, 1/2, 1/4 and 1/8 whose shorter side still has `side` pixels, upright and in sRGB.

    libjpeg leaves out the frequencies that the smaller picture cannot hold. Raises as decode does.
    """
    scale = max(s for s in _SCALED if s == 1 or s * side <= min(head.width, head.height))
    if head.plain:  # the pixels that Pillow gives, in six sevenths of its time
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), _SCALED[scale] | cv2.IMREAD_COLOR_RGB)
        if pixels is not None:
            return Reduced(np.asarray(pixels, np.uint8), scale)
    with opened(data) as picture, _broken_told():
        width = picture.width
        picture.draft(None, (side, side))
        picture.load()
        return Reduced(_upright(picture), round(width / picture.width))


def header(data: bytes) -> Header:
    """Format, size and orientation; raises UnidentifiedImageError for none of FORMATS, OSError or ValueError else."""
    with opened(data) as picture, _broken_told():
        if picture.format == "PNG" and "exif" not in picture.info and (late := png_exif(data)):
            picture.info["exif"] = b"Exif\0\0" + late
        # Not the PNG's own getexif, which decodes all pixels to look behind them: of a bomb, gigabytes.
        turned = Pil.Image.getexif(picture).get(ORIENTATION_TAG, 1)
        kind = "JPEG" if picture.format == "MPO" else str(picture.format)  # several JPEGs in one file: the first
        plain = picture.mode in ("L", "RGB") and "icc_profile" not in picture.info
        table = tuple(getattr(picture, "quantization", {}).get(0, ()))
        return Header(kind, picture.width, picture.height, turned if turned in range(1, 9) else 1, plain, table)


def opened(data: bytes) -> Pil.Image:
    """The file in Pillow's hands, its header read and nothing decoded."""
    Pil.MAX_IMAGE_PIXELS = None  # the limit is ours, with a reason
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    with _broken_told():
        return Pil.open(io.BytesIO(data), formats=_formats())


@contextmanager
def _broken_told() -> Iterator[None]:
    """ValueError for what Pillow else raises of a broken file."""
    try:
        yield
    except BROKEN as fault:
        raise ValueError(f"the file is broken: {fault}") from fault


def reads_heic() -> bool:
    """Whether the package pillow-heif is at hand."""
    return find_spec("pillow_heif") is not None


@cache
def _formats() -> tuple[str, ...]:
    if not reads_heic():
        return FORMATS
    import_module("pillow_heif").register_heif_opener()
    return (*FORMATS, "HEIF")


def _upright(picture: Pil.Image) -> Image:
    return np.asarray(to_srgb(ImageOps.exif_transpose(picture)), np.uint8)


def to_srgb(picture: Pil.Image) -> Pil.Image:
    """RGB in the sRGB profile, from any mode and embedded profile; an unusable profile counts as sRGB."""
    profile = picture.info.get("icc_profile")
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        picture = _on_white(picture.convert("RGBA"))
    if picture.mode.startswith("I;16") or picture.mode == "I":
        grey = np.asarray(picture, np.float32)
        picture = Pil.fromarray(np.clip(grey / 257, 0, 255).astype(np.uint8))
    if picture.mode == "P":
        picture = picture.convert("RGB")
    if profile:
        picture = _through_profile(picture, profile)
    return picture.convert("RGB") if picture.mode != "RGB" else picture


def _on_white(layer: Pil.Image) -> Pil.Image:
    paper = Pil.new("RGB", layer.size, "white")
    paper.paste(layer, mask=layer.getchannel("A"))
    return paper


def _through_profile(picture: Pil.Image, profile: bytes) -> Pil.Image:
    try:
        return ImageCms.applyTransform(picture, _transform(profile, picture.mode)) or picture
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture


@lru_cache(maxsize=16)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform:
    """Kept, because building one costs more than using it and a camera writes the same profile into every picture."""
    return ImageCms.buildTransform(ImageCms.ImageCmsProfile(io.BytesIO(profile)), _SRGB, mode, "RGB")


def encode_png(image: Image) -> bytes:
    """Lossless, the same bytes for the same pixels."""
    # Runs alone after the filter: for faces and drawings smaller than a search for repeats gives, in half its time.
    return _encode(
        ".png", image, [cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE]
    )


def encode_lossless(image: Image) -> bytes:
    """Lossless WebP of at most 16383 pixels a side: of a drawing smaller than PNG, in two thirds of the time."""
    out = io.BytesIO()
    Pil.fromarray(image).save(out, "webp", lossless=True, quality=0, method=0)  # 1 takes thrice the time for 10 % less
    return out.getvalue()


def encode_webp(image: Image, quality: int) -> bytes:
    """Lossy WebP; quality 1..100."""
    return _encode(".webp", image, [cv2.IMWRITE_WEBP_QUALITY, quality])


def encode_jpeg(image: Image, quality: int) -> bytes:
    """Baseline JPEG; quality 1..100."""
    return _encode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])


def encode(image: Image, format: str, quality: int, xmp: bytes | None = None) -> bytes:
    """The picture as one of WRITTEN with an XMP packet in it: the same arguments, the same bytes.

    quality 1..100 counts as each codec counts; PNG is lossless whatever it is. Raises UserError for another format or
    a quality beyond, ValueError for a picture that the format cannot hold.
    """
    require(format in WRITTEN, f"format is {format!r}; {nearest(format, list(WRITTEN))}")
    require(1 <= quality <= 100, f"quality is {quality}; use 1 to 100")
    options: dict[str, dict[str, Any]] = {
        "webp": {"quality": quality, "method": 2},  # half the time of Pillow's own choice, for 3 % more bytes
        "png": {"compress_level": 4, "pnginfo": _notes(xmp)},
        "avif": {"quality": quality, "speed": 8, "max_threads": 1},  # the number of threads may change the bytes
        "jpeg": {"quality": quality},
    }
    out, notes = io.BytesIO(), {"xmp": xmp} if xmp and format != "png" else {}
    try:
        Pil.fromarray(image).save(out, format, **options[format], **notes)
    except (OSError, ValueError) as fault:  # which of them depends on the codec
        raise ValueError(f"cannot encode {image.shape} as {format}: {fault}") from fault
    return out.getvalue()


def xmp(data: bytes) -> bytes | None:
    """The XMP packet of an image file; None where it has none. Raises as `header` does."""
    with opened(data) as picture:
        found = picture.info.get("xmp") or picture.info.get("XML:com.adobe.xmp")
        return found.encode() if isinstance(found, str) else found


def _notes(xmp: bytes | None) -> PngImagePlugin.PngInfo:
    notes = PngImagePlugin.PngInfo()
    if xmp:
        notes.add_itxt("XML:com.adobe.xmp", xmp.decode())
    return notes


def decode_own(data: bytes) -> Image:
    """What this module encoded: no metadata to heed, so OpenCV alone, twice as fast as decode."""
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if pixels is None:
        raise ValueError(f"{len(data)} bytes are no image that this project wrote")
    return np.asarray(pixels[..., ::-1], np.uint8)


def resize(image: Image, width: int, height: int) -> Image:
    """Area averages when it shrinks, Lanczos when it grows: never an aliased picture."""
    shrinks = width * height < image.shape[0] * image.shape[1]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LANCZOS4
    return np.asarray(cv2.resize(image, (width, height), interpolation=method), np.uint8)


def at_side(image: Image, side: int) -> Image:
    """The picture with a shorter side of `side` pixels, a longer one of at most eight times that.

    Halved by averages as often as it goes, then bilinear: as near to resize as measures need, in an eighth of its time.
    """
    height, width = image.shape[:2]
    if min(height, width) == side and max(height, width) <= 8 * side:
        return image
    scale = side / min(height, width)
    size = min(max(round(width * scale), side), 8 * side), min(max(round(height * scale), side), 8 * side)
    if scale > 1 or max(height, width) * scale > 8 * side:
        return resize(image, *size)
    halves = 1 << int(np.log2(1 / scale))
    reduced = cv2.resize(image, None, fx=1 / halves, fy=1 / halves, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(reduced, size, interpolation=cv2.INTER_LINEAR), np.uint8)


def _encode(extension: str, image: Image, options: list[int]) -> bytes:
    done, data = cv2.imencode(extension, np.ascontiguousarray(image[..., ::-1]), options)
    if not done:
        raise ValueError(f"cannot encode {image.shape} as {extension}")
    return data.tobytes()
