from pathlib import Path

import numpy as np
import pytest

from tasks.core.image import Image, decode, resize
from tasks.labelling.drawing_style import drawing_style, shading

Y, X = np.mgrid[:256, :256]


def cel() -> Image:
    """Flat fields with hard borders."""
    fields = np.array([(220, 90, 90), (90, 160, 220), (250, 230, 210), (40, 40, 60)], np.uint8)
    return np.asarray(fields[(X // 16 + Y // 16) % 4], np.uint8)


def painterly() -> Image:
    """Soft waves of light and colour."""
    waves = [np.sin(X / 30 + phase) + np.cos(Y / 25 - phase) for phase in (0, 1, 2)]
    return np.asarray(128 + 50 * np.stack(waves, axis=-1), np.uint8)


@pytest.mark.parametrize(("picture", "name"), [(cel(), "cel"), (painterly(), "painterly")])
def test_flat_fields_are_cel_and_soft_shading_is_painterly(picture: Image, name: str) -> None:
    found, score = drawing_style(picture)
    assert found == name
    assert 0.6 <= score <= 1


def test_a_drawing_without_colour_is_monochrome() -> None:
    assert drawing_style(np.repeat(cel()[..., :1], 3, axis=2)) == ("monochrome", 1.0)


def test_the_size_of_the_crop_changes_little() -> None:
    large = resize(painterly(), 512, 512)
    assert shading(large) == pytest.approx(shading(painterly()), rel=0.2)


def test_nearly_all_drawings_of_a_cel_collection_are_told_as_cel(shared_data: Path) -> None:
    files = sorted((shared_data / "anime").glob("*.jpg"))[::8]
    names = [drawing_style(decode(file.read_bytes()))[0] for file in files]
    assert np.mean([name == "cel" for name in names]) >= 0.85
