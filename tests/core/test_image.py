from io import BytesIO

import numpy as np
import pytest
from PIL import Image as Pil

from tasks.core import image


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


def test_a_lossless_picture_comes_back() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (20, 30, 3), np.uint8)
    assert np.array_equal(image.decode_own(image.encode_png(pixels)), pixels)


def test_shrinking_averages_instead_of_dropping_pixels() -> None:
    board = np.zeros((64, 64, 3), np.uint8)
    board[::2] = 255
    assert np.abs(image.resize(board, 8, 8).astype(int) - 127).max() <= 1


def test_what_is_no_own_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="4 bytes are no image"):
        image.decode_own(b"text")
