"""A real face with its 68 landmarks, from the sample that the project makes itself."""

from functools import cache

import numpy as np

from tasks.core.image import Image, resize
from tasks.faces import finder, landmarks
from tasks.faces.finder import Settings
from tasks.faces.geometry import Points, crop_matrix, transform, warp
from tasks.sample import LOOKS, portrait

SIDE = 256


@cache
def face(name: str = "collins") -> tuple[Image, Points]:
    """A crop of 256 x 256 pixels, and 68 x 2 points in it."""
    photo = portrait(name, LOOKS[0])
    found = finder.opened(Settings()).detect(photo)[0]
    matrix = crop_matrix(found.landmarks, SIDE)
    return warp(photo, matrix, SIDE), transform(matrix, landmarks.landmarks68(photo, found.box, found.landmarks))


def enlarged(picture: Image, marks: Points, times: int) -> tuple[Image, Points]:
    """The same face in a picture `times` as large."""
    return resize(picture, SIDE * times, SIDE * times), np.asarray(marks * times + (times - 1) / 2)
