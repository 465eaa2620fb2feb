from pathlib import Path

import numpy as np
import pytest

from tasks.core.image import decode
from tasks.faces.backend import open_backend
from tasks.faces.geometry import invert, similarity_matrix, transform, warp
from tasks.faces.landmarks import box_of, five, landmarks68


@pytest.fixture
def portrait(shared_data: Path) -> Path:
    return shared_data / "near_duplicates/obama-480p.jpg"


def test_the_five_are_eye_centres_nose_tip_and_mouth_corners() -> None:
    points = np.zeros((68, 2))
    points[36:42], points[42:48], points[30], points[48], points[54] = 1, 2, 3, 4, 5
    assert five(points)[:, 0].tolist() == [1, 2, 3, 4, 5]


def test_landmarks_agree_with_the_five_that_the_backend_found(portrait: Path) -> None:
    image = decode(portrait.read_bytes())
    face = open_backend("dlib").detect(image)[0]
    eyes = np.hypot(*(face.landmarks[1] - face.landmarks[0]))
    for points in (landmarks68(image, face.box), landmarks68(image, face.box, face.landmarks)):
        assert points.shape == (68, 2)
        assert np.hypot(*(five(points) - face.landmarks).T).mean() < 0.05 * eyes


def test_the_box_of_another_detector_gives_the_same_landmarks(portrait: Path) -> None:
    image = decode(portrait.read_bytes())
    face = open_backend("dlib").detect(image)[0]
    points = landmarks68(image, face.box)
    x0, y0, x1, y1 = box_of(points)
    taller = (x0 + 5, y0 - 35, x1 - 5, y1 + 5)
    assert np.abs(landmarks68(image, taller) - points).mean() < 2.0


@pytest.mark.parametrize("degrees", [-150, -90, -35, 35, 90, 180])
def test_a_tilted_face_keeps_its_landmarks(portrait: Path, degrees: float) -> None:
    image = decode(portrait.read_bytes())
    face = open_backend("dlib").detect(image)[0]
    upright = landmarks68(image, face.box, face.landmarks)
    centre, angle = upright.mean(axis=0), np.radians(degrees)
    turned = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    square = np.array([[-100.0, -100], [100, -100], [100, 100], [-100, 100]])
    tilt = similarity_matrix(square + centre, square @ turned.T + 300)
    tilted = landmarks68(warp(image, tilt, 600), face.box, transform(tilt, face.landmarks))
    eyes = np.hypot(*(face.landmarks[1] - face.landmarks[0]))
    assert np.hypot(*(transform(invert(tilt), tilted) - upright).T).mean() < 0.03 * eyes
