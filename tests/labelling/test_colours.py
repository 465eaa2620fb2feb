import numpy as np

from tasks.labelling.colours import colours


def test_colours_tell_hair_from_face() -> None:
    crop = np.zeros((120, 120, 3), np.uint8)
    crop[48:80, 40:80] = 255
    lightness = colours(crop)[::3]
    assert lightness == [0.0, 100.0, 0.0]
