import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pil

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
from tasks.sample import packaged

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


@settings(max_examples=25)
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


@pytest.mark.parametrize("turn", [0.0, 0.4, 2.0])
@pytest.mark.parametrize("zoom", [1.0, 1.3, 2.9])
@pytest.mark.parametrize("centre", [(30, 20), (0, 0), (59, 5), (150, -90)])
def test_a_crop_is_every_pixel_of_opencv_s_own(turn: float, zoom: float, centre: tuple[int, int]) -> None:
    """Its reflection, which it looks up sample by sample, included."""
    image = np.random.default_rng(0).integers(0, 256, (40, 60, 3)).astype(np.uint8)
    rotation = zoom * np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    matrix = np.hstack([rotation, (48 - rotation @ np.array(centre))[:, None]])
    own = cv2.warpAffine(image, matrix, (96, 96), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    np.testing.assert_array_equal(warp(image, matrix, 96), own)


def around(x: float, y: float, half: float) -> Points:
    """Landmarks whose crop is an upright square of twice `half`, centred at (x, y)."""
    eyes = np.array([x, y - 0.1 * half / 1.8])
    return np.stack(
        [
            eyes + half * np.array([d, dy])
            for d, dy in ((-0.25, 0), (0.25, 0), (0, 0.3), (-0.2, 1 / 1.8), (0.2, 1 / 1.8))
        ]
    )


@pytest.mark.parametrize(
    ("centre", "share"),
    [((49.5, 49.5), 0.0), ((99.5, 49.5), 0.5), ((99.5, 99.5), 0.75), ((24.5, 49.5), 0.25), ((300, 49.5), 1.0)],
)
def test_the_share_outside_the_source_is_measured(centre: tuple[float, float], share: float) -> None:
    found = outside(around(*centre, half=50)[None], np.array([100.0]), np.array([100.0]))
    assert found[0] == pytest.approx(share, abs=1e-6)


@settings(max_examples=60)
@given(st.lists(faces(), min_size=1, max_size=4), st.integers(20, 3000), st.integers(20, 3000))
def test_the_share_outside_is_that_of_the_pixels_of_the_crop(many: list[Points], width: int, height: int) -> None:
    sides = np.full(len(many), width, float), np.full(len(many), height, float)
    steps = (np.arange(200) + 0.5) * 64 / 200 - 0.5
    grid = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
    for landmarks, share in zip(many, outside(np.stack(many), *sides, margin=0.8), strict=True):
        x, y = transform(invert(crop_matrix(landmarks, 64, 0.8)), grid).T
        inside = (x >= -0.5) & (x < width - 0.5) & (y >= -0.5) & (y < height - 0.5)
        assert share == pytest.approx(1 - inside.mean(), abs=0.01)


def test_landmarks_at_one_point_are_wholly_outside() -> None:
    assert outside(np.full((1, 5, 2), 7.0), np.array([100.0]), np.array([100.0]))[0] == 1


def textured(side: int, seed: int = 0) -> Image:
    """Smooth random detail of several pixels."""
    noise = np.random.default_rng(seed).normal(0, 1, (side, side, 3))
    smooth = cv2.GaussianBlur(noise, (0, 0), 4)
    return np.asarray(np.clip(128 + 50 * smooth / smooth.std(), 0, 255), np.uint8)


@pytest.mark.parametrize("scale", [0.5, 0.8, 1.0, 1.7])
@pytest.mark.parametrize("turn", [0.0, 0.4, 1.6, 3.0])
def test_a_picture_comes_back_from_its_crop_within_a_fifth_of_a_pixel(scale: float, turn: float) -> None:
    image, size = textured(400), round(280 * scale)
    turned = scale * np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    matrix = np.hstack([turned, ((size - 1) / 2 - turned @ [199.5, 199.5])[:, None]])
    back = cv2.warpAffine(warp(image, matrix, size), invert(matrix), (400, 400), flags=cv2.INTER_CUBIC)
    first, second = (np.asarray(p[150:250, 150:250, 1], np.float64) for p in (image, back))
    shift, _ = cv2.phaseCorrelate(first, second, cv2.createHanningWindow((100, 100), cv2.CV_64F))
    assert np.hypot(shift[0], shift[1]) < 0.2
    assert np.abs(first - second).mean() < 4


def psnr(a: Image, b: Image) -> float:
    return float(10 * np.log10(255**2 / np.square(a.astype(float) - b.astype(float)).mean()))


def lanczos(image: Image, factor: float, size: int) -> Image:
    """Pillow's, of the axis-aligned square that starts at the image's corner."""
    return np.asarray(
        Pil.fromarray(image).resize((size, size), Pil.Resampling.LANCZOS, (0, 0, size * factor, size * factor))
    )


@pytest.mark.parametrize("factor", [1.3, 2.0, 3.7, 8.0, 13.0])
def test_reducing_gives_what_lanczos_gives(factor: float) -> None:
    """32 to 46 dB on a real photo, where a bilinear warp that drops pixels sinks to 20."""
    image, size = packaged("astronaut"), int(500 / factor)
    ours = warp(image, resized(1 / factor), size)
    assert psnr(ours[4:-4, 4:-4], lanczos(image, factor, size)[4:-4, 4:-4]) > 30


@pytest.mark.parametrize("factor", [2.5, 4.0, 7.3])
def test_a_zone_plate_has_no_moire(factor: float) -> None:
    """Rings too fine for the crop are grey: what is left of them is a small share of their contrast."""
    y, x = np.mgrid[:1024, :1024] - 511.5
    rings = 127.5 + 127.5 * np.cos(np.pi * (x**2 + y**2) / 1024)
    size = int(1024 / factor)
    crop = warp(np.repeat(rings[..., None], 3, axis=2).astype(np.uint8), resized(1 / factor), size)
    rows, columns = (np.mgrid[:size, :size] - (size - 1) / 2) * factor
    radius = np.hypot(rows, columns)
    fine = (radius > 1.5 * 512 / factor) & (radius < 500)  # rings at one and a half times the crop's finest and beyond
    assert crop[fine].std() < 0.2 * rings.std()
