import re
import struct
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as Pil
from PIL.PngImagePlugin import PngImageFile

from tasks.core import image, metadata, xmp
from tasks.core.errors import UserError
from tasks.core.image import Image


def encoded(picture: Pil.Image, kind: str = "PNG", **options: object) -> bytes:
    file = BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


@pytest.mark.parametrize(
    ("picture", "expected"),
    [
        (Pil.new("L", (4, 4), 100), (100, 100, 100)),
        (Pil.new("RGBA", (4, 4), (0, 0, 0, 0)), (255, 255, 255)),
        (Pil.new("LA", (4, 4), (50, 255)), (50, 50, 50)),
        (Pil.new("1", (4, 4), 1), (255, 255, 255)),
        (Pil.fromarray(np.full((4, 4), 25700, np.uint16)), (100, 100, 100)),
        (Pil.new("P", (4, 4), 0), (0, 0, 0)),
    ],
)
def test_every_mode_becomes_rgb(picture: Pil.Image, expected: tuple[int, int, int]) -> None:
    decoded = image.decode(encoded(picture))
    assert decoded.shape == (4, 4, 3)
    assert tuple(decoded[0, 0]) == expected


def test_cmyk_becomes_rgb() -> None:
    assert image.decode(encoded(Pil.new("CMYK", (8, 8), (0, 0, 0, 0)), "JPEG")).mean() > 250


@pytest.mark.parametrize("encode", [image.encode_png, image.encode_lossless])
@pytest.mark.parametrize("shape", [(20, 30, 3), (1, 1, 3), (1, 16_383, 3)])
def test_a_lossless_picture_comes_back(encode: Callable[[Image], bytes], shape: tuple[int, int, int]) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, shape, np.uint8)
    assert np.array_equal(image.decode_own(encode(pixels)), pixels)
    assert encode(pixels) == encode(pixels)


def test_shrinking_averages_instead_of_dropping_pixels() -> None:
    board = np.zeros((64, 64, 3), np.uint8)
    board[::2] = 255
    assert np.abs(image.resize(board, 8, 8).astype(int) - 127).max() <= 1


def test_what_is_no_own_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="4 bytes are no image"):
        image.decode_own(b"text")


P3 = np.array([[0.51512, 0.29198, 0.15710], [0.24120, 0.69225, 0.06657], [-0.00105, 0.04189, 0.78407]])  # to XYZ, D50
SRGB = np.array([[0.43607, 0.38515, 0.14307], [0.22249, 0.71687, 0.06061], [0.01392, 0.09708, 0.71410]])  # the same
GAMMA = 2.2


def fixed(*values: float) -> bytes:
    """Numbers as s15Fixed16."""
    return struct.pack(f">{len(values)}i", *[round(value * 65536) for value in values])


def profile(to_xyz: NDArray[np.float64], gamma: float = GAMMA) -> bytes:
    """A matrix profile of ICC.1:2001 with one gamma for all channels."""
    white = fixed(0.9642, 1.0, 0.8249)
    curve = struct.pack(">4s4xIH2x", b"curv", 1, round(gamma * 256))
    words = struct.pack(">4s4xI5s", b"desc", 5, b"wide\0") + bytes(78)
    tags = {b"desc": words + bytes(-len(words) % 4), b"wtpt": b"XYZ \0\0\0\0" + white}
    for channel, column in zip("rgb", to_xyz.T, strict=True):
        tags |= {f"{channel}XYZ".encode(): b"XYZ \0\0\0\0" + fixed(*column), f"{channel}TRC".encode(): curve}
    table, body, start = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        table += struct.pack(">4s2I", name, start + len(body), len(data))
        body += data
    size = start + len(body)
    head = struct.pack(">I4xI4s4s4s12x4s", size, 0x02100000, b"mntr", b"RGB ", b"XYZ ", b"acsp")
    return head.ljust(68, b"\0") + white.ljust(60, b"\0") + table + body


@pytest.mark.parametrize("colour", [(200, 60, 50), (230, 180, 150), (90, 140, 60), (40, 60, 160)])
@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
def test_colours_of_a_wide_profile_become_those_of_srgb(colour: tuple[int, int, int], kind: str) -> None:
    linear = np.linalg.inv(SRGB) @ P3 @ (np.array(colour) / 255) ** GAMMA
    assert 0 <= linear.min() <= linear.max() <= 1  # else the two would have to agree on what to clip
    expected = 255 * np.where(linear > 0.0031308, 1.055 * linear ** (1 / 2.4) - 0.055, 12.92 * linear)
    options = {"lossless": True} if kind == "WEBP" else {}
    data = encoded(Pil.new("RGB", (16, 16), colour), kind, icc_profile=profile(P3), **options)
    found = image.decode(data)[8, 8]
    assert np.abs(found - expected).max() <= 1
    assert np.abs(found - np.array(colour, float)).max() >= 5  # it was no picture that both profiles show alike


PACKET = xmp.packet({"dc:source": "a<b"})


@pytest.mark.parametrize("form", image.WRITTEN)
def test_every_format_is_written_with_its_packet_and_the_same_bytes_twice(form: str) -> None:
    smooth = np.dstack([*np.meshgrid(np.arange(64, 128), np.arange(48)), np.full((48, 64), 90)]).astype(np.uint8)
    data = image.encode(smooth, form, 92, PACKET)
    assert data == image.encode(smooth, form, 92, PACKET)
    assert image.xmp(data) == PACKET
    assert image.xmp(image.encode(smooth, form, 92)) is None
    assert np.abs(image.decode(data).astype(int) - smooth).mean() < 3


@pytest.mark.parametrize(
    ("form", "quality", "fault"),
    [("webq", 92, "format is 'webq'; did you mean webp?"), ("webp", 0, "quality is 0; use 1 to 100")],
)
def test_a_format_or_quality_that_cannot_be_written_is_named(form: str, quality: int, fault: str) -> None:
    with pytest.raises(UserError, match=re.escape(fault)):
        image.encode(np.zeros((4, 4, 3), np.uint8), form, quality)


def test_a_picture_too_wide_for_webp_is_a_fault_of_the_picture() -> None:
    with pytest.raises(ValueError, match=r"cannot encode \(1, 16384, 3\) as webp"):
        image.encode(np.zeros((1, 16384, 3), np.uint8), "webp", 90)


@pytest.mark.parametrize("form", image.WRITTEN)
def test_a_file_that_breaks_off_or_is_scribbled_over_is_no_complete_image(form: str) -> None:
    data, chance = image.encode(np.full((16, 16, 3), 90, np.uint8), form, 92, PACKET), np.random.default_rng(0)
    raised = set()
    for end in range(0, len(data), 7):
        scribbled = bytearray(data)
        scribbled[end : end + 3] = chance.bytes(3)
        for broken in (data[:end], bytes(scribbled[: len(data)])):
            try:
                image.header(broken)
                image.decode(broken)
            except Exception as fault:
                raised.add(type(fault))
    assert raised
    assert all(issubclass(kind, OSError | ValueError) for kind in raised), raised


def png(turned: int | None, late: bool) -> bytes:
    """A picture of 3 x 2 whose EXIF block stands before its pixels, behind them, or nowhere."""
    file = BytesIO()
    block = metadata.exif(turned) if turned else None
    Pil.new("RGB", (3, 2)).save(file, "PNG", **({"exif": block} if block else {}))
    data = file.getvalue()
    if not late:
        return data
    start, end = data.index(b"eXIf") - 4, data.index(b"IDAT") - 4
    assert start < end
    return data[:start] + data[end:-12] + data[start:end] + data[-12:]


@pytest.mark.parametrize(("turned", "late"), [(None, False), (6, False), (6, True)])
def test_the_header_of_a_png_is_read_without_its_pixels(
    monkeypatch: pytest.MonkeyPatch, turned: int | None, late: bool
) -> None:
    data = png(turned, late)
    assert image.decode(data).shape[:2] == ((3, 2) if turned else (2, 3))

    def refuse(_: Pil.Image) -> None:
        raise AssertionError("the pixels of a bomb are gigabytes")

    monkeypatch.setattr(PngImageFile, "load", refuse)
    assert image.header(data) == image.Header("PNG", 3, 2, turned or 1)


@pytest.mark.parametrize("orientation", [1, 3, 6])
@pytest.mark.parametrize("side", [8, 20, 40, 80, 160])
@pytest.mark.parametrize(
    ("mode", "options"),
    [
        ("RGB", {"subsampling": 0}),
        ("RGB", {"subsampling": 2, "progressive": True}),
        ("RGB", {"keep_rgb": True}),
        ("L", {}),
    ],
)
def test_a_plain_jpeg_has_at_every_reduction_the_pixels_that_pillow_gives(
    mode: str, options: dict[str, object], side: int, orientation: int
) -> None:
    noise = np.random.default_rng(4).integers(0, 256, (99, 131, 3), np.uint8)
    picture, exif = Pil.fromarray(noise).convert(mode), b"Exif\0\0" + metadata.exif(orientation)
    data = encoded(picture, "JPEG", quality=90, exif=exif, **options)
    head = image.header(data)
    plain, other = (image.decode_reduced(data, replace(head, plain=plain), side) for plain in (True, False))
    assert head.plain
    assert plain.scale == other.scale == {8: 8, 20: 4, 40: 2, 80: 1, 160: 1}[side]
    assert np.array_equal(plain.pixels, other.pixels)


def test_a_jpeg_of_another_profile_or_of_inks_is_not_plain() -> None:
    ink, wide = Pil.new("CMYK", (16, 16)), Pil.new("RGB", (16, 16), (200, 40, 40))
    assert not image.header(encoded(ink, "JPEG")).plain
    data = encoded(wide, "JPEG", icc_profile=profile(P3))
    assert not image.header(data).plain
    assert np.array_equal(image.decode_reduced(data, image.header(data), 16).pixels, image.decode(data))


def test_what_opencv_cannot_decode_pillow_tells_of() -> None:
    data = encoded(Pil.new("RGB", (16, 16)), "JPEG")
    at = data.index(b"\xff\xda")
    with pytest.raises((OSError, ValueError)):
        image.decode_reduced(data[:at] + b"\xff\xd9", image.header(data), 16)


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow's, of EXIF that it can do without
def test_exif_of_any_type_turns_a_picture_or_is_a_broken_file() -> None:
    exif = Pil.Exif()
    exif[metadata.ORIENTATION_TAG], exif[0x10F], exif[0x11A] = 6, "maker", 72.0
    data = encoded(Pil.new("RGB", (16, 8)), "JPEG", exif=exif)
    start = data.index(b"Exif")
    told = set()
    for place in range(start, start + 100):
        for value in (0, 1, 2, 7, 255):
            try:
                image.decode(data[:place] + bytes([value]) + data[place + 1 :])
            except (OSError, ValueError) as fault:
                told.add(type(fault.__cause__))
    assert TypeError in told
