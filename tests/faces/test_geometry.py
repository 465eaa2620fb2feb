import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.core.image import Image
from tasks.faces.geometry import (
    ARC_TEMPLATE,
    Points,
    arc_matrix,
    compose,
    crop_matrix,
    invert,
    outside,
    resized,
    similarity_matrix,
    transform,
    warp,
    zoom,
)

UPRIGHT: Points = np.array([[90.0, 100], [150, 100], [120, 135], [98, 165], [142, 165]])


@st.composite
def faces(draw: st.DrawFn) -> Points:
    """The upright face turned, scaled, moved, and every landmark shifted a little."""
    turn, scale = draw(st.floats(-3.1, 3.1)), draw(st.floats(0.1, 20))
    shift = [draw(st.floats(-3000, 3000)), draw(st.floats(-3000, 3000))]
    noise = draw(st.lists(st.floats(-8, 8), min_size=10, max_size=10))
    turned = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    points: Points = (UPRIGHT + np.reshape(noise, (5, 2))) @ turned * scale + shift
    return points


@given(faces())
def test_points_come_back_from_the_crop(landmarks: Points) -> None:
    for matrix in (crop_matrix(landmarks, 256), arc_matrix(landmarks)):
        back = transform(invert(matrix), transform(matrix, landmarks))
        assert np.abs(back - landmarks).max() < 1e-6


@given(faces(), st.sampled_from([(128, 256), (256, 512), (112, 1024), (100, 333)]))
def test_crops_of_two_sizes_differ_in_scale_only(landmarks: Points, sizes: tuple[int, int]) -> None:
    small, large = sizes
    scaled = compose(crop_matrix(landmarks, small), resized(large / small))
    assert np.allclose(scaled, crop_matrix(landmarks, large), rtol=1e-9, atol=1e-6)


@given(faces())
def test_the_crop_is_a_similarity_with_the_head_upright_in_it(landmarks: Points) -> None:
    matrix = crop_matrix(landmarks, 256)
    turn = matrix[:, :2] / zoom(matrix)
    assert np.allclose(turn @ turn.T, np.eye(2), atol=1e-9)
    assert np.linalg.det(turn) > 0
    placed = transform(matrix, landmarks)
    assert placed[:2, 1].mean() < placed[3:, 1].mean()
    assert placed.min() > 0
    assert placed.max() < 255


@given(faces(), faces())
def test_composing_is_doing_one_after_the_other(first: Points, second: Points) -> None:
    a, b = crop_matrix(first, 256), arc_matrix(second)
    assert np.allclose(transform(compose(a, b), first), transform(b, transform(a, first)), atol=1e-6)


@given(faces())
def test_the_arc_crop_of_the_template_itself_is_the_template(landmarks: Points) -> None:
    matrix = crop_matrix(landmarks, 256)
    moved = transform(invert(matrix), ARC_TEMPLATE)
    assert np.allclose(transform(arc_matrix(moved), moved), ARC_TEMPLATE, atol=1e-6)


@pytest.mark.filterwarnings("ignore:`estimate` is deprecated:FutureWarning")
def test_the_arc_matrix_is_that_of_insightface() -> None:
    face_align = pytest.importorskip("insightface.utils.face_align")
    assert np.allclose(arc_matrix(UPRIGHT), face_align.estimate_norm(UPRIGHT, 112), atol=1e-4)


def test_a_mirrored_face_is_never_mirrored_back() -> None:
    assert np.linalg.det(similarity_matrix(UPRIGHT * [-1, 1], ARC_TEMPLATE)[:, :2]) > 0


@pytest.mark.parametrize("make", [lambda points: crop_matrix(points, 256), arc_matrix])
def test_landmarks_at_one_point_are_refused(make: object) -> None:
    assert callable(make)
    with pytest.raises(ValueError, match=r"7\.0"):
        make(np.full((5, 2), 7.0))


def _waves(height: int, width: int, period: float) -> Image:
    y, x = np.mgrid[:height, :width]
    grey = 127.5 + 100 * np.sin(2 * np.pi * x / period) * np.sin(2 * np.pi * y / period)
    return np.repeat(grey[..., None], 3, axis=2).astype(np.uint8)


@settings(deadline=None, max_examples=25)
@given(st.floats(0.05, 3.0), st.floats(-3.1, 3.1))
def test_a_spot_lands_within_half_a_pixel_of_where_the_matrix_says(scale: float, turn: float) -> None:
    spot, size = np.array([[400.3, 371.8]]), 128
    y, x = np.mgrid[:768, :768]
    blur = 3.0 / min(1.0, scale)
    grey = 255 * np.exp(-((x - spot[0, 0]) ** 2 + (y - spot[0, 1]) ** 2) / (2 * blur**2))
    image = np.repeat(grey[..., None], 3, axis=2).astype(np.uint8)
    turned = scale * np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    matrix = np.hstack([turned, (np.array([61.2, 66.9]) - turned @ spot[0])[:, None]])
    crop = warp(image, matrix, size)[..., 0].astype(float)
    rows, columns = np.mgrid[:size, :size]
    reflections = np.hypot(columns - 61.2, rows - 66.9) > 20
    crop[reflections | (crop < 30)] = 0
    centre = np.array([(columns * crop).sum(), (rows * crop).sum()]) / crop.sum()
    assert np.abs(centre - transform(matrix, spot)[0]).max() < 0.5


@pytest.mark.parametrize("scale", [0.9, 0.6, 0.34, 0.25, 0.11, 0.03])
def test_detail_finer_than_the_crop_averages_out_instead_of_aliasing(scale: float) -> None:
    image = _waves(2400, 2400, period=max(2.1, 1.0 / scale * 0.9))
    matrix = np.array([[scale, 0.0, 3.3], [0.0, scale, 5.1]])
    inner = warp(image, matrix, 64)[8:56, 8:56].astype(float)
    assert inner.std() < 12
    assert abs(inner.mean() - 127) < 3


def test_a_crop_that_takes_nothing_away_keeps_every_pixel() -> None:
    image = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    assert np.array_equal(warp(image, np.array([[1.0, 0, 0], [0, 1.0, 0]]), 64), image)


def test_beyond_the_edge_the_picture_is_its_reflection() -> None:
    image = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    crop = warp(image, np.array([[1.0, 0, 8], [0, 1.0, 0]]), 64)
    assert np.array_equal(crop[:, :8], image[:, 7::-1])


@pytest.mark.parametrize(
    ("shift", "share"), [((0, 0), 0.0), ((50, 0), 0.5), ((50, 50), 0.75), ((-25, 0), 0.25), ((200, 0), 1.0)]
)
def test_the_share_outside_the_source_is_measured(shift: tuple[int, int], share: float) -> None:
    matrix = np.array([[1.0, 0, shift[0]], [0, 1.0, shift[1]]])
    assert outside(matrix, 100, 100, 100) == pytest.approx(share, abs=0.01)
