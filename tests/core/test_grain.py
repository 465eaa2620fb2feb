from pathlib import Path

import cv2
import numpy as np
import pytest

from tasks import sample
from tasks.core import image, measures
from tasks.core.image import Image, decode

EVERY = 12  # of the real pictures: enough to see a model that is wrong


def drawn(picture: Image) -> float:
    return float(measures.measures(picture)["drawn"])


def test_the_samples_photos_are_photos_and_its_cel_drawings_drawings() -> None:
    assert max(drawn(decode(item.data)) for item in sample.photos()) < 0.5
    assert min(drawn(decode(item.data)) for item in sample.drawings()) > 0.5


def test_real_photos_and_drawings_are_told_apart(shared_data: Path) -> None:
    photos = [drawn(decode(path.read_bytes())) for path in sorted((shared_data / "selfies").iterdir())[::EVERY]]
    anime = [drawn(decode(path.read_bytes())) for path in sorted((shared_data / "anime").iterdir())[::EVERY]]
    assert np.mean(np.array(photos) > 0.5) <= 0.02
    assert np.mean(np.array(anime) > 0.5) >= 0.9


@pytest.mark.parametrize("picture", [np.full((300, 300, 3), 128, np.uint8), np.zeros((9, 40, 3), np.uint8)])
def test_an_even_picture_has_a_value_too(picture: Image) -> None:
    assert 0 <= drawn(picture) <= 1


def test_a_recompressed_drawing_stays_one() -> None:
    circles = np.full((400, 400, 3), 240, np.uint8)
    for number, colour in enumerate([(230, 180, 160), (60, 40, 90), (250, 220, 90)]):
        cv2.circle(circles, (120 + 80 * number, 200), 70, colour, -1)
        cv2.circle(circles, (120 + 80 * number, 200), 70, (10, 10, 10), 3)
    assert drawn(image.decode(image.encode_jpeg(circles, 75))) > 0.5
