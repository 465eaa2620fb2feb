import hashlib
import os
import struct
import subprocess
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import cv2
import imagehash
import numpy as np
import pillow_heif
import pytest
from numpy.typing import NDArray
from PIL import Image as Pil
from PIL import ImageCms

from tasks import sample
from tasks.core import image, manifest, measures, metadata
from tasks.core.measures import RefusedError, measured

FORMATS: dict[str, dict[str, object]] = {
    "JPEG": {"quality": 90},
    "PNG": {},
    "WEBP": {"quality": 90},
    "AVIF": {"quality": 90},
    "TIFF": {"compression": "tiff_lzw"},
    "GIF": {},
    "BMP": {},
}
TURNS = {3: Pil.Transpose.ROTATE_180, 6: Pil.Transpose.ROTATE_270, 8: Pil.Transpose.ROTATE_90}  # what EXIF asks for
COLUMNS = {"image", "format", "width", "height", "orientation", "pixels", "phash", "thumb", "sharpness", "brightness",
           "contrast", "saturation", "jpeg_quality", "blockiness", "drawn"}  # fmt: skip


def saved(picture: Pil.Image, kind: str, **options: object) -> bytes:
    file = BytesIO()
    picture.save(file, kind, **{**FORMATS.get(kind, {}), **options})
    return file.getvalue()


def face(side: int = 320) -> Pil.Image:
    return Pil.fromarray(image.resize(sample.portrait("collins", sample.LOOKS[0]), side, side))


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_gives_the_same_columns_and_nearly_the_same_measures(kind: str) -> None:
    row, plain = measured(saved(face(), kind), 100), measured(saved(face(), "PNG"), 100)
    assert set(row) == COLUMNS <= set(manifest.INGEST.names)
    assert (row["width"], row["height"], len(row["thumb"])) == (320, 320, 256)
    assert row["format"] == (kind if kind in ("JPEG", "PNG", "WEBP") else "PNG")
    assert (row["phash"] ^ plain["phash"]).bit_count() <= 4
    assert row["brightness"] == pytest.approx(plain["brightness"], abs=3)
    assert (row["jpeg_quality"] is None) == (kind != "JPEG")


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF"])
def test_every_orientation_is_measured_upright_and_kept_or_applied(kind: str, orientation: int) -> None:
    upright = face().crop((0, 0, 320, 280))
    turned = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}[orientation]  # Pillow's transpositions, undone by EXIF
    stored = upright if turned is None else upright.transpose(Pil.Transpose(turned))
    exif = Pil.Exif()
    exif[metadata.ORIENTATION_TAG] = orientation
    row = measured(saved(stored, kind, exif=exif.tobytes() if kind == "AVIF" else exif), 100)
    assert (row["width"], row["height"]) == (320, 280)
    again = image.decode(row["image"]["bytes"])
    assert np.abs(again.astype(int) - np.asarray(upright)).mean() < 6
    thumb = measured(saved(upright, kind), 100)["thumb"]
    assert np.abs(np.frombuffer(row["thumb"], np.uint8).astype(int) - np.frombuffer(thumb, np.uint8)).mean() < 3


def test_png_data_in_a_file_named_jpg_is_png() -> None:
    assert measured(saved(face(), "PNG"), 100)["format"] == "PNG"


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_of_a_moving_picture_the_first_frame_stays(kind: str) -> None:
    first, second = Pil.new("RGB", (40, 30), "red"), Pil.new("RGB", (40, 30), "blue")
    options = {"lossless": True} if kind == "WEBP" else {}
    row = measured(saved(first, kind, save_all=True, append_images=[second], **options), 100)
    with Pil.open(BytesIO(row["image"]["bytes"])) as kept:
        assert getattr(kept, "n_frames", 1) == 1
    assert tuple(image.decode(row["image"]["bytes"])[0, 0]) == (255, 0, 0)


def test_a_jpeg_is_the_same_picture_whatever_its_metadata() -> None:
    plain, noted = saved(face(), "JPEG"), saved(face(), "JPEG", comment=b"at home") + b"behind the end"
    assert measured(plain, 100)["pixels"] == measured(noted, 100)["pixels"]
    assert measured(plain, 100)["pixels"] != measured(saved(face(), "JPEG", quality=80), 100)["pixels"]


@pytest.mark.parametrize("options", [{}, {"comment": b"at home"}])
def test_a_digest_that_is_known_changes_no_row(options: dict[str, object]) -> None:
    data = saved(face(), "JPEG", **options)
    digest = hashlib.sha256(data)
    assert measured(data, 100, digest) == measured(data, 100)
    assert digest.digest() == hashlib.sha256(data).digest()


def test_an_unusable_profile_counts_as_srgb() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    grey = Pil.new("RGB", (16, 16), (100, 100, 100))
    assert tuple(image.decode(saved(grey, "PNG", icc_profile=profile))[0, 0]) == (100, 100, 100)


@pytest.mark.parametrize("shape", [(256, 256), (64, 64), (90, 64), (33, 200)])
def test_the_perceptual_hash_is_imagehashs(shape: tuple[int, int]) -> None:
    random = np.random.default_rng(3)
    for _ in range(20):
        grey = cv2.GaussianBlur(random.integers(0, 256, shape, np.uint8), (0, 0), 3)
        bits = imagehash.phash(Pil.fromarray(grey)).hash.ravel()
        assert measures.phash(np.asarray(grey, np.uint8)) == int("".join("01"[int(bit)] for bit in bits), 2)


@pytest.mark.parametrize("grey", [np.full((32, 32), 77, np.uint8), np.tile(np.arange(32, dtype=np.uint8), (32, 1))])
def test_the_perceptual_hash_of_an_even_picture_has_no_noise(grey: NDArray[np.uint8]) -> None:
    bits = imagehash.phash(Pil.fromarray(grey)).hash.ravel()
    assert measures.phash(grey) == int("".join("01"[int(bit)] for bit in bits), 2)


@pytest.mark.parametrize("side", [256, 300, 512, 700, 1024, 1500])
def test_a_jpeg_of_any_size_has_the_measures_of_its_small_self(side: int) -> None:
    small = measures.measures(np.asarray(face(256)))
    large = measured(saved(face(1500).resize((side, side), Pil.Resampling.LANCZOS), "JPEG", quality=95), 100)
    for name, within in (("brightness", 0.02), ("contrast", 0.03), ("saturation", 0.06)):
        assert large[name] == pytest.approx(small[name], rel=within)
    assert (large["phash"] ^ small["phash"]).bit_count() <= 4


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: b"", "empty"),
        (lambda: b"a shopping list", "not_an_image"),
        (lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not_an_image"),
        (lambda: saved(face(), "JPEG")[:-400], "unreadable"),
        (lambda: saved(face(), "PNG")[:-400], "unreadable"),
        (lambda: saved(face(), "WEBP")[:-400], "unreadable"),
        (lambda: saved(face(), "TIFF")[:4000], "unreadable"),
        (lambda: saved(Pil.new("1", (12000, 12000)), "PNG"), "too_large"),
        (lambda: saved(Pil.new("1", (7000, 7000)), "PNG"), "too_large"),
        (lambda: (gif := saved(face(), "GIF"))[:6] + b"\xff\xff\xff\xff" + gif[10:], "too_large"),
    ],
)
def test_what_cannot_be_taken_has_a_reason(make: Callable[[], bytes], reason: str) -> None:
    with pytest.raises(RefusedError) as refused:
        measured(make(), 100)
    assert refused.value.reason == reason


def test_heic_without_its_reader_names_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image, "reads_heic", lambda: False)
    monkeypatch.setattr(image, "_formats", lambda: image.FORMATS)
    with pytest.raises(RefusedError, match="pip install pillow-heif") as refused:
        measured(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(64), 100)
    assert refused.value.reason == "unsupported"


def heic(picture: Pil.Image, orientation: int) -> bytes:
    """A HEIC as a phone writes it: turned by its own property (irot, imir), with a place and a note in its metadata."""
    pillow_heif.register_heif_opener()
    told = Pil.Exif()
    told[0x0112], told[0x010E] = orientation, "at Anna's house"
    told.get_ifd(0x8825).update({1: "N", 2: (48.0, 8.0, 0.0)})
    return saved(picture, "HEIF", quality=95, exif=told.tobytes(), xmp=b"<x:xmpmeta>Anna's house</x:xmpmeta>")


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_heic_is_stored_upright_as_png_without_its_metadata(orientation: int) -> None:
    picture = face(256).crop((0, 0, 256, 192))
    data = heic(picture, orientation)
    row = measured(data, 100)
    stored = row["image"]["bytes"]
    turned = picture.transpose(TURNS[orientation]) if orientation in TURNS else picture
    assert b"Anna" in data
    assert b"Anna" not in stored
    assert (row["format"], row["orientation"], row["width"], row["height"]) == ("PNG", 1, *turned.size)
    assert not Pil.open(BytesIO(stored)).info
    assert np.abs(image.decode(stored).astype(int) - np.asarray(turned)).mean() < 4


def test_a_reader_for_heic_makes_shards_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    with_reader = measures.versions()
    monkeypatch.setattr(image, "reads_heic", lambda: False)
    assert measures.versions() != with_reader


@pytest.mark.parametrize("kind", FORMATS)
def test_damaged_files_are_measured_or_refused_and_nothing_else(kind: str) -> None:
    random, data = np.random.default_rng(11), saved(face(96), kind)
    for number in range(60):
        bad = bytearray(data)
        for at in random.integers(0, len(bad) if number % 2 else min(len(bad), 300), 1 + number % 7):
            bad[at] = random.integers(0, 256)
        cut = len(bad) if number % 3 else int(random.integers(1, len(bad)))
        try:
            assert set(measured(bytes(bad[:cut]), 2)) == COLUMNS
        except RefusedError as fault:
            assert fault.reason in {"unreadable", "not_an_image", "too_large", "empty", "unsupported"}


@pytest.mark.parametrize("size", [(1, 30000), (30000, 1), (1, 1), (2, 3)])
def test_a_line_or_a_dot_is_measured_like_any_picture(size: tuple[int, int]) -> None:
    row = measured(saved(Pil.new("L", size, 90), "PNG"), 100)
    assert (row["width"], row["height"]) == size
    assert row["brightness"] == pytest.approx(90, abs=1)


def lying_jpeg(mode: str) -> bytes:
    """A progressive file of a few hundred bytes that says it holds a hundred megapixels."""
    data = saved(Pil.new(mode, (16, 16)), "JPEG", progressive=True)
    at = data.index(b"\xff\xc2") + 5
    return data[:at] + struct.pack(">HH", 9999, 10000) + data[at + 4 :]


PEAK = """
import re, sys
from pathlib import Path
from tasks.core.measures import RefusedError, measured
try:
    measured(sys.stdin.buffer.read(), 100)
except RefusedError as fault:
    print(fault.reason)
# Not ru_maxrss, which begins with what the parent had.
print(int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024)
"""


@pytest.mark.parametrize(
    "bomb",
    [
        lambda: lying_jpeg("CMYK"),
        lambda: lying_jpeg("RGB"),
        lambda: saved(Pil.new("LA", (5650, 5650)), "PNG", compress_level=1),
        lambda: saved(Pil.new("RGB", (5650, 5650)), "WEBP", quality=1, method=0),
        lambda: saved(Pil.new("L", (5650, 5650)), "TIFF"),
    ],
    ids=["JPEG, CMYK", "JPEG, RGB", "PNG", "WEBP", "TIFF"],
)
def test_no_picture_within_the_limits_takes_a_gigabyte(bomb: Callable[[], bytes]) -> None:
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", PEAK]
    done = subprocess.run(command, input=bomb(), env=os.environ | {"PYTHONPATH": str(root)}, cwd=root,
                          capture_output=True, check=True)  # fmt: skip
    assert int(done.stdout.split()[-1]) < 1000
