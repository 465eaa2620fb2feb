import numpy as np
import pytest

from tasks.faces.geometry import transform
from tasks.training.window import Window, random_cutout, random_window, whole
from tests.training.collection import ARC, landmarks, picture


def smooth(size: int) -> np.ndarray:
    across, down = np.meshgrid(np.linspace(0, 3, size), np.linspace(0, 2, size))
    return np.stack([127 + 90 * np.sin(across + k) * np.cos(down - k) for k in range(3)], -1).astype(np.uint8)


def test_the_whole_frame_at_its_own_size_is_the_frame() -> None:
    np.testing.assert_array_equal(whole(64).show(picture(1), 64), picture(1))
    np.testing.assert_array_equal(Window(0, 0, 64, True).show(picture(1), 64), picture(1)[:, ::-1])


@pytest.mark.parametrize("mirrored", [False, True])
def test_landmarks_go_where_the_picture_goes(mirrored: bool) -> None:
    frame, window = smooth(256), Window(20.25, 11.5, 217.0, mirrored)
    shown, places = window.show(frame, 128), window.points(landmarks(256), 128)
    kept = landmarks(256)
    if mirrored:
        assert places[36, 0] < places[45, 0]  # the eye on the picture's left is still the first one
        places = Window(0, 0, 128, True).points(places, 128)
        shown = shown[:, ::-1]
    for (x, y), (u, v) in zip(kept.round().astype(int), places.round().astype(int), strict=True):
        assert np.abs(frame[y, x].astype(int) - shown[v, u]).max() <= 6


def test_mirrored_landmarks_keep_their_order() -> None:
    mirrored = Window(0, 0, 64, True).points(landmarks(), 64)
    np.testing.assert_allclose(mirrored, landmarks() - [1, 0], atol=1e-9)  # the face is even; 64 - 1 - x


def test_the_template_shows_the_same_face_through_any_window() -> None:
    arc = np.array(ARC).reshape(2, 3)
    for window in (Window(3.5, 7.25, 50.0), Window(3.5, 7.25, 50.0, True)):
        eye = np.array([[20.0, 25.0]])
        there = transform(window.arc(arc, 32), transform(window.matrix(32), eye))
        np.testing.assert_allclose(there, transform(arc, eye))


def test_shrinking_averages() -> None:
    stripes = np.zeros((256, 256, 3), np.uint8)
    stripes[:, ::2] = 255
    shown = whole(256).show(stripes, 64)
    assert shown.min() >= 126 and shown.max() <= 129


def test_random_windows_stay_in_the_frame_and_mirror_half_of_the_time() -> None:
    windows = [random_window(256, 0.15, True, np.random.default_rng(i)) for i in range(400)]
    for window in windows:
        assert 256 * 0.85 <= window.side <= 256
        assert min(window.x, window.y) >= 0 and max(window.x, window.y) + window.side <= 256
    assert sum(window.mirrored for window in windows) == pytest.approx(200, abs=40)
    assert random_window(256, 0.0, False, np.random.default_rng(1)) == whole(256)


def test_a_cutout_is_the_frames_own_pixels() -> None:
    rng = np.random.default_rng(0)
    frame = rng.integers(0, 256, (64, 64, 3), np.uint8)
    for _ in range(20):
        window = random_cutout(64, 24, True, rng)
        x, y = int(window.x), int(window.y)
        expected = frame[y : y + 24, x : x + 24]
        np.testing.assert_array_equal(window.show(frame, 24), expected[:, ::-1] if window.mirrored else expected)
