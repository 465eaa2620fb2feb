from io import BytesIO

import numpy as np
import pytest
from PIL import Image as Pil

from tasks.core import metadata
from tasks.core.image import decode

SECRET = "Karl-Marx-Allee 33"


def picture(kind: str, orientation: int, **options: object) -> bytes:
    random = np.random.default_rng(0)
    pixels = Pil.fromarray(random.integers(0, 255, (24, 40, 3), np.uint8))
    exif = Pil.Exif()
    exif[metadata.ORIENTATION_TAG] = orientation
    exif[0x010E] = SECRET
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    file = BytesIO()
    pixels.save(file, kind, exif=exif, **options)
    return file.getvalue()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("JPEG", {"comment": SECRET}),
        ("JPEG", {"progressive": True}),
        ("PNG", {}),
        ("WEBP", {"lossless": True, "xmp": SECRET.encode()}),
    ],
)
def test_the_secret_goes_and_every_pixel_stays(kind: str, options: dict[str, object], orientation: int) -> None:
    data = picture(kind, orientation, **options)
    assert SECRET.encode() in data
    clean = metadata.strip(data, orientation)
    assert clean is not None
    assert SECRET.encode() not in clean
    assert np.array_equal(decode(clean), decode(data))
    with Pil.open(BytesIO(clean)) as opened:
        assert set(opened.getexif()) <= {metadata.ORIENTATION_TAG}
        assert not opened.getexif().get_ifd(0x8825)


def test_what_follows_the_end_of_a_jpeg_goes() -> None:
    data = picture("JPEG", 1) + SECRET.encode()
    clean = metadata.strip(data, 1)
    assert clean is not None
    assert clean.endswith(b"\xff\xd9")
    assert SECRET.encode() not in clean


def test_a_file_without_metadata_is_given_back_uncopied() -> None:
    clean = metadata.strip(picture("JPEG", 1), 1)
    assert clean is not None
    assert metadata.strip(clean, 1) is clean


def test_a_colour_profile_stays() -> None:
    profile = b"\0" * 128
    clean = metadata.strip(picture("JPEG", 1, icc_profile=profile), 1)
    assert clean is not None
    with Pil.open(BytesIO(clean)) as opened:
        assert opened.info["icc_profile"] == profile


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_file_that_breaks_off_is_refused(kind: str) -> None:
    with pytest.raises(ValueError, match=r"break|end|marker"):
        metadata.strip(picture(kind, 1)[:-20], 1)


def test_other_formats_are_left_to_their_reader() -> None:
    assert metadata.strip(picture("TIFF", 1), 1) is None
