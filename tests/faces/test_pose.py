from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest

from tasks.core.image import decode
from tasks.faces.backend import Backend, open_backend
from tasks.faces.geometry import Points
from tasks.faces.landmarks import landmarks68
from tasks.faces.pose import angles, eyes_open, mouth_open


@cache
def insightface() -> Backend:
    return open_backend("insightface")


def measured(file: Path) -> tuple[Points, tuple[int, ...]]:
    image = decode(file.read_bytes())
    face = insightface().detect(image)[0]
    return landmarks68(image, face.box, face.landmarks), image.shape


def head(yaw: float, pitch: float, roll: float) -> Points:
    """68 landmarks, of which the model's 14 are projections of the model itself, turned."""
    from tasks.faces.pose import _MODEL, _POINTS, _TO_CAMERA

    y, p, r = np.radians([yaw, pitch, roll])
    about_y = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(p), np.sin(p)], [0, -np.sin(p), np.cos(p)]])
    about_z = np.array([[np.cos(r), np.sin(r), 0], [-np.sin(r), np.cos(r), 0], [0, 0, 1]])
    turn, _ = cv2.Rodrigues(_TO_CAMERA @ about_y @ about_x @ about_z)
    camera = np.array([[600.0, 0, 299.5], [0, 600, 299.5], [0, 0, 1]])
    seen, _ = cv2.projectPoints(_MODEL, turn, np.array([[0.0], [0], [50]]), camera, np.zeros(4))
    points = np.zeros((68, 2))
    points[_POINTS] = seen[:, 0]
    return points


@pytest.mark.parametrize("turned", [(0, 0, 0), (30, 0, 0), (-45, 10, 0), (0, 20, 0), (0, -25, 15), (10, 5, -40)])
def test_the_angles_of_a_known_head_come_back(turned: tuple[float, float, float]) -> None:
    assert angles(head(*turned), (600, 600)) == pytest.approx(turned, abs=0.5)


# Judged by eye; yaw > 0 is towards the image's right, pitch > 0 up, roll > 0 clockwise.
@pytest.mark.usefixtures("models_dir")
@pytest.mark.parametrize(
    ("file", "axis", "low", "high"),
    [
        ("pose/left_face.jpeg", 0, -80, -35),
        ("pose/right_face.png", 0, 30, 80),
        ("pose/lower_face.jpeg", 1, -50, -15),
        ("pose/rise_face.jpeg", 1, 5, 40),
        ("pose/left_wryneck.png", 2, -70, -30),
        ("pose/right_wryneck.png", 2, 25, 60),
        ("reaction/open_eyes.png", 0, 10, 45),
    ],
)
def test_real_heads_turn_the_way_they_look(file: str, axis: int, low: float, high: float, shared_data: Path) -> None:
    landmarks, shape = measured(shared_data / "conditions" / file)
    assert low <= angles(landmarks, shape)[axis] <= high


@pytest.mark.usefixtures("models_dir")
def test_closed_eyes_and_open_mouths_show(shared_data: Path) -> None:
    closed, _ = measured(shared_data / "conditions/reaction/close_eyes.jpeg")
    opened, _ = measured(shared_data / "conditions/reaction/open_eyes.png")
    assert eyes_open(closed) < 0.2 < 0.25 < eyes_open(opened)
    assert mouth_open(closed) < 0.1 < mouth_open(opened)


def test_degenerate_landmarks_give_numbers_not_faults() -> None:
    points = np.full((68, 2), 5.0)
    assert np.isfinite([eyes_open(points), mouth_open(points), *angles(points, (10, 10))]).all()
