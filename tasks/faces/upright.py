"""Pictures that lie on their side or stand on their head: found by turning them until the detector is sure.

A quarter is a turn by 90 degrees clockwise; a picture's `quarter` is how many of them set it upright, 0..3.
"""

import numpy as np

from tasks.core.image import Image
from tasks.faces.backend import Backend, Face, largest_first
from tasks.faces.geometry import Points, frames

# Score from which a detector needs no second look. On turned pictures SCRFD and YuNet see faces too, with landmarks
# that belong to no face, at up to 0.68 and 0.88; dlib's sees nothing there.
SURE = {"dlib": 0.5, "opencv": 0.9, "insightface": 0.72}
LEAN = 70.0  # degrees: a head that leans by less is tilted in an upright picture, and no picture is turned for it


def detect_upright(image: Image, backend: Backend) -> tuple[list[Face], int]:
    """Faces in the image's own pixels, the largest first, and the picture's quarter.

    Only where the detector finds nothing or is in doubt does it look at the other three turns; the surest turn counts.
    """
    faces, quarter = backend.detect(image), 0
    if surest(faces) < SURE.get(backend.name, 0.0):
        for turn in (1, 2, 3):
            found = backend.detect(turned(image, turn))
            if surest(found) > surest(faces):
                faces, quarter = [_back(face, image, turn) for face in found], turn
    faces = largest_first(faces)
    leans = not faces or abs(lean(faces[0].landmarks)) < LEAN
    return faces, 0 if leans else quarter


def surest(faces: list[Face]) -> float:
    """The highest score among them; below every score where there is none."""
    return max((face.score for face in faces), default=-np.inf)


def lean(landmarks: Points) -> float:
    """By how many degrees a head leans clockwise, -180..180, from 5 landmarks."""
    _, axis, _ = frames(landmarks)
    return float(np.degrees(np.arctan2(axis[1], axis[0])))


def turned(image: Image, quarter: int) -> Image:
    """The image after that many quarter turns clockwise."""
    return np.ascontiguousarray(np.rot90(image, -quarter))


def turned_points(points: Points, quarter: int, width: int, height: int) -> Points:
    """Where points (n x 2) of a width x height image lie after that many quarter turns clockwise."""
    for _ in range(quarter % 4):
        points = np.stack([height - 1 - points[:, 1], points[:, 0]], axis=1)
        width, height = height, width
    return points


def _back(face: Face, image: Image, quarter: int) -> Face:
    """A face that was found after `quarter` turns, in the image's own pixels."""
    sides = image.shape[:2] if quarter % 2 else image.shape[1::-1]  # width and height of the turned image
    return face.moved(lambda points: turned_points(points, 4 - quarter, *sides))
