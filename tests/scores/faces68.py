"""An even face in 68 landmarks, for cases that can be worked by hand."""

import numpy as np
from numpy.typing import NDArray

SIDE = 256


def plain_face() -> NDArray[np.float64]:
    """68 x 2 in a 256-pixel picture, mirror-symmetric about x = 128; the outer eye corners are 96 pixels apart."""
    angle = np.linspace(np.pi, 0, 17)
    jaw = np.stack([128 + 70 * np.cos(angle), 110 + 90 * np.sin(angle)], axis=1)
    brows = [(x, 85) for x in (75, 85, 95, 105, 115)] + [(x, 85) for x in (141, 151, 161, 171, 181)]
    nose = [(128, y) for y in (100, 115, 130, 145)] + [(x, 152) for x in (116, 122, 128, 134, 140)]
    right_eye = [(80, 102), (88, 98), (98, 98), (106, 102), (98, 106), (88, 106)]
    left_eye = [(150, 102), (158, 98), (168, 98), (176, 102), (168, 106), (158, 106)]
    outer = [(104, 172), (112, 168), (120, 166), (128, 167), (136, 166), (144, 168), (152, 172)]
    outer += [(144, 180), (136, 183), (128, 184), (120, 183), (112, 180)]
    inner = [(108, 173), (120, 171), (128, 172), (136, 171), (148, 173), (136, 177), (128, 178), (120, 177)]
    return np.array([*jaw.tolist(), *brows, *nose, *right_eye, *left_eye, *outer, *inner], np.float64)
