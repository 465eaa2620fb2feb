import numpy as np
import pytest

from tasks.core.image import Image
from tasks.faces.geometry import Points
from tasks.faces.hair import COLOURS, DRAWN, MIN_CHANCE, PHOTOGRAPHED, Palette, hair

EYES: Points = np.array([[74.0, 100.0], [118.0, 100.0]])
SKIN = (235, 195, 170)


def head(colour: tuple[int, int, int], skin: tuple[int, int, int] = SKIN) -> Image:
    """A face of skin in a picture of hair."""
    crop = np.full((192, 192, 3), colour, np.uint8)
    crop[72:180, 54:138] = skin
    return crop


@pytest.mark.parametrize(
    ("palette", "colour", "name"),
    [
        (DRAWN, (60, 60, 66), "black"),
        (DRAWN, (235, 210, 150), "blonde"),
        (DRAWN, (110, 130, 180), "blue"),
        (DRAWN, (230, 160, 190), "pink"),
        (DRAWN, (90, 155, 120), "green"),
        (PHOTOGRAPHED, (30, 25, 40), "black"),
        (PHOTOGRAPHED, SKIN, "unknown"),
    ],
)
def test_the_colour_around_the_face_has_a_name(palette: Palette, colour: tuple[int, int, int], name: str) -> None:
    found, score = hair(head(colour), EYES, palette)
    assert found == name
    assert (score == 0) if name == "unknown" else (MIN_CHANCE <= score <= 1)


@pytest.mark.parametrize(("shade", "name"), [(20, "black"), (150, "unknown")])
def test_without_colour_only_black_is_told(shade: int, name: str) -> None:
    grey = head((shade, shade, shade), (220, 220, 220))
    assert hair(grey, EYES, DRAWN)[0] == name


@pytest.mark.parametrize("palette", [DRAWN, PHOTOGRAPHED])
def test_the_mean_colour_of_every_group_is_most_likely_of_this_group(palette: Palette) -> None:
    assert set(palette.means) <= set(COLOURS)
    assert sum(palette.shares.values()) == pytest.approx(1, abs=0.01)
    for name, mean in palette.means.items():
        chances = palette.chances(np.array(mean, np.float64))
        assert sum(chances.values()) == pytest.approx(1)
        assert name == max(chances, key=lambda group: chances[group])
