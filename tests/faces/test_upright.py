import numpy as np
import pytest

from tasks.core.image import Image
from tasks.faces.backend import Encoder, Face
from tasks.faces.geometry import Points
from tasks.faces.upright import LEAN, detect_upright, lean, turned, turned_points

FIVE = np.array([[20.0, 30], [40, 30], [30, 40], [24, 50], [36, 50]])


class Compass:
    """Sees a face only in a picture whose white corner is at the top left; its score is that corner's level."""

    name = "dlib"

    def __init__(self, landmarks: Points = FIVE) -> None:
        self.landmarks, self.looks = landmarks, 0
        self.digests: dict[str, str] = {}

    @property
    def encoder(self) -> Encoder:
        raise NotImplementedError

    def detect(self, image: Image) -> list[Face]:
        self.looks += 1
        level = float(image[0, 0, 0]) / 100
        return [Face((15, 20, 45, 60), level, self.landmarks, self.landmarks + 1)] if level else []


def picture(level: int = 200) -> Image:
    image = np.zeros((100, 70, 3), np.uint8)
    image[0, 0] = level
    return image


@pytest.mark.parametrize("quarter", [0, 1, 2, 3])
def test_the_face_of_a_turned_picture_lies_where_the_turn_put_it(quarter: int) -> None:
    lying = turned(picture(), (4 - quarter) % 4)
    faces, found = detect_upright(lying, Compass())
    assert found == quarter
    height, width = lying.shape[:2]
    dense = np.empty(0) if faces[0].dense is None else faces[0].dense
    for points, expected in ((faces[0].landmarks, FIVE), (dense, FIVE + 1)):
        assert np.allclose(turned_points(points, quarter, width, height), expected)
    box = turned_points(np.reshape(faces[0].box, (2, 2)), quarter, width, height)
    assert sorted(box.ravel()) == [15, 20, 45, 60]


def test_points_turn_as_the_picture_does() -> None:
    image = np.random.default_rng(0).integers(0, 256, (5, 8, 3), np.uint8)
    for quarter in range(4):
        x, y = turned_points(np.array([[6.0, 1]]), quarter, 8, 5)[0].astype(int)
        assert np.array_equal(turned(image, quarter)[y, x], image[1, 6])


@pytest.mark.parametrize(("level", "looks"), [(200, 1), (30, 4), (0, 4)])
def test_only_a_detector_in_doubt_looks_again(level: int, looks: int) -> None:
    compass = Compass()
    detect_upright(picture(level), compass)
    assert compass.looks == looks


def test_no_face_in_any_turn_is_no_face_in_an_upright_picture() -> None:
    assert detect_upright(picture(0), Compass()) == ([], 0)


@pytest.mark.parametrize(("degrees", "quarter"), [(30, 0), (0, 1), (-15, 1)])
def test_a_tilted_head_is_no_turned_picture(degrees: float, quarter: int) -> None:
    """Found only after one turn, and leaning by `degrees` there: in the picture itself by 90 less."""
    turn = np.radians(degrees)
    spin = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    tilted = (FIVE - FIVE.mean(axis=0)) @ spin.T + FIVE.mean(axis=0)
    faces, found = detect_upright(turned(picture(), 3), Compass(tilted))
    assert lean(faces[0].landmarks) == pytest.approx(degrees - 90)
    assert (abs(degrees - 90) < LEAN, found) == (quarter == 0, quarter)
