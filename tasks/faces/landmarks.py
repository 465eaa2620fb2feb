"""68 landmarks (the iBUG 300-W scheme) of a face whatever backend found it, by dlib's predictor."""

from functools import cache

import dlib
import numpy as np

from tasks.core.image import Image
from tasks.faces import registry
from tasks.faces.backend import Box
from tasks.faces.geometry import Points, crop_matrix, invert, transform, warp

PREDICTOR = "shape_predictor_68_face_landmarks"

LEFT_EYE = slice(36, 42)  # of the image
RIGHT_EYE = slice(42, 48)
NOSE_TIP = 30
MOUTH = (48, 54)

# The predictor works in an upright crop of this side: 0.1 pixels of it are 0.2 % of the distance between the eyes.
_SIDE = 384

# dlib's own detector box against the landmarks in it, medians over 109 faces: side over the landmarks' radius (root
# mean square distance from their mean), and how far above their mean its centre lies.
_WIDE, _ABOVE = 2.81, 0.145


@cache
def predictor() -> dlib.shape_predictor:
    """Dlib's predictor, loaded once in a process (100 MB, half a second)."""
    return dlib.shape_predictor(str(registry.fetch(PREDICTOR)))


def landmarks68(image: Image, box: Box, near: Points | None = None) -> Points:
    """68 x 2 points in the image's pixels of the face in `box` (x0, y0, x1, y1, any detector's).

    `near` are the face's 5 landmarks; give them for faces that are tilted by more than 15 degrees or turned, which the
    box alone does not tell. The regressor starts from the mean face in a box and was trained on nearly upright faces in
    the boxes of dlib's own detector: so it works in an upright crop, and twice, the second time from the box that this
    detector would have put around the first result.
    """
    if near is None:
        near = five(_predict(image, box_of(_predict(image, _square(box)))))
    upright = crop_matrix(near, _SIDE)
    crop = warp(image, upright, _SIDE)
    middle = (_SIDE * 0.19, _SIDE * 0.21, _SIDE * 0.81, _SIDE * 0.83)
    return transform(invert(upright), _predict(crop, box_of(_predict(crop, middle))))


def box_of(landmarks: Points) -> Box:
    """The box that dlib's detector would draw around these 68 landmarks."""
    centre = landmarks.mean(axis=0)
    radius = float(np.sqrt(((landmarks - centre) ** 2).sum(axis=1).mean()))
    half, x, y = _WIDE * radius / 2, float(centre[0]), float(centre[1]) - _ABOVE * radius
    return (x - half, y - half, x + half, y + half)


def five(landmarks: Points) -> Points:
    """Eye centres, nose tip and mouth corners (5 x 2) of 68 landmarks."""
    eyes = [landmarks[LEFT_EYE].mean(axis=0), landmarks[RIGHT_EYE].mean(axis=0)]
    return np.array([*eyes, landmarks[NOSE_TIP], *landmarks[list(MOUTH)]])


def _square(box: Box) -> Box:
    """Other detectors frame forehead and chin; dlib's box is a square around the middle of the face."""
    x0, y0, x1, y1 = box
    half = min(x1 - x0, y1 - y0) / 2
    x, y = (x0 + x1) / 2, y1 - half
    return (x - half, y - half, x + half, y + half)


def _predict(image: Image, box: Box) -> Points:
    shape = predictor()(np.ascontiguousarray(image), dlib.rectangle(*(round(value) for value in box)))
    return np.array([(part.x, part.y) for part in shape.parts()], np.float64)
