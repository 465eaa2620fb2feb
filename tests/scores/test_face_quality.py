"""The plumbing alone: a network of eDifFIQA's interface stands in for its weights."""

from pathlib import Path

import numpy as np
import pytest

from tasks.core.errors import UserError
from tasks.faces import registry
from tasks.faces.geometry import ARC_SIZE
from tasks.scores.face_quality import face_quality, find_face_quality, open_face_quality
from tests.scores.tiny_onnx import averages

# Where OpenCV Zoo's demo puts the eyes, the nose and the corners of the mouth in its 112 pixels.
ZOO = np.array([[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]])
RED = np.array([[1], [0], [0]], np.float32)


def test_the_crop_is_that_of_opencv_zoo_in_rgb_from_minus_one_to_one(tmp_path: Path) -> None:
    session = open_face_quality(averages(tmp_path / "q.onnx", [1, 3, ARC_SIZE, ARC_SIZE], RED))
    picture = np.zeros((300, 300, 3), np.uint8)
    picture[50 : 50 + ARC_SIZE, 80 : 80 + ARC_SIZE] = (255, 40, 0)
    whole = face_quality(session, picture, ZOO + np.array([80, 50]))
    assert whole == pytest.approx(1, abs=0.03)
    assert face_quality(session, picture, ZOO * 2 + np.array([20, 20])) < whole


def test_a_network_without_that_interface_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="judges no faces of 112 x 112 pixels"):
        open_face_quality(averages(tmp_path / "q.onnx", [1, 3, 64, 64], RED))


def test_without_the_weights_there_is_no_quality(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(registry.VARIABLE, str(tmp_path))
    assert find_face_quality() is None
