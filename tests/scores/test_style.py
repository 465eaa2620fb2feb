import cv2
import numpy as np

from tasks.core.image import Image
from tasks.scores.features import StyleFeatures
from tasks.scores.kernel import kernel_distance
from tasks.scores.style import standardised


def blobs(seed: int, soft: bool) -> Image:
    """Coloured discs with hard edges, or the same ones blurred and grainy as a photo is."""
    rng = np.random.default_rng(seed)
    image = np.full((96, 96, 3), rng.integers(120, 220, size=3), np.uint8)
    for _ in range(12):
        centre, colour = rng.integers(0, 96, size=2), rng.integers(0, 256, size=3)
        cv2.circle(image, centre.tolist(), int(rng.integers(5, 25)), colour.tolist(), -1)
    if soft:
        image = np.clip(cv2.GaussianBlur(image, (0, 0), 3) + rng.normal(0, 6, size=image.shape), 0, 255).astype(
            np.uint8
        )
    return image


def test_drawings_are_nearer_to_drawings_than_photos_of_the_same_scenes_are() -> None:
    features = StyleFeatures()
    style = features([blobs(i, soft=False) for i in range(20)])
    drawn = features([blobs(i, soft=False) for i in range(20, 40)])
    soft = features([blobs(i, soft=True) for i in range(20, 40)])
    style, drawn, soft = standardised(style, drawn, soft)
    near, far = kernel_distance(style, drawn), kernel_distance(style, soft)
    assert near.high < far.low


def test_the_style_set_has_mean_zero_and_spread_one_and_what_is_far_off_is_cut_off() -> None:
    rows = np.random.default_rng(0).normal([5, -2], [3, 0.5], size=(500, 2))
    style, others = standardised(rows, np.array([[5.0, 100.0], [-100.0, -2.0]]))
    assert np.abs(style.mean(axis=0)).max() < 0.02
    assert np.abs(style.std(axis=0) - 1).max() < 0.02
    np.testing.assert_array_equal(np.round(others, 0), [[0, 3], [-3, 0]])
