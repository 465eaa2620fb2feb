from io import BytesIO

import numpy as np
import pytest
from PIL import Image as Pil

from tasks import sample
from tasks.core import image, measures
from tasks.core.compression import blockiness, jpeg_quality


@pytest.mark.parametrize("quality", [1, 5, 10, 25, 49, 50, 51, 75, 90, 95, 100])
def test_the_quality_of_libjpeg_is_read_back(quality: int) -> None:
    file = BytesIO()
    Pil.new("RGB", (16, 16)).save(file, "JPEG", quality=quality)
    assert measures.measured(file.getvalue(), 1)["jpeg_quality"] == quality


def test_without_a_table_there_is_no_quality() -> None:
    assert jpeg_quality(()) is None


def test_blocks_are_found_in_a_png_that_was_a_strong_jpeg_even_when_it_is_cropped() -> None:
    plain = image.resize(sample.portrait("collins", sample.LOOKS[0]), 400, 400)
    strong = image.decode(image.encode_jpeg(plain, 10))
    values = [measures.measures(picture)["blockiness"] for picture in (plain, strong, strong[3:, 5:])]
    assert values[0] < 1.15
    assert min(values[1:]) > 1.5


@pytest.mark.parametrize("side", [256, 700, 1100])
def test_blocks_of_a_strong_jpeg_show_at_every_reduction_that_keeps_them(side: int) -> None:
    plain = image.resize(sample.portrait("collins", sample.LOOKS[0]), side, side)
    strong, weak = (measures.measured(image.encode_jpeg(plain, q), 10)["blockiness"] for q in (10, 95))
    assert strong > weak + 0.1


def test_too_small_a_picture_and_too_strong_a_reduction_have_no_blocks() -> None:
    assert blockiness(np.zeros((12, 12), np.uint8)) is None
    assert blockiness(np.zeros((300, 300), np.uint8), 8) is None


def test_an_even_picture_has_no_blocks() -> None:
    assert blockiness(np.full((300, 300), 70, np.uint8)) == pytest.approx(1)
