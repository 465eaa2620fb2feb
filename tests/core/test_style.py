import cv2
import numpy as np

from tasks.core.image import Image
from tasks.core.style import descriptor


def discs(seed: int) -> Image:
    """Coloured discs with hard edges."""
    rng = np.random.default_rng(seed)
    image = np.full((96, 96, 3), rng.integers(120, 220, size=3), np.uint8)
    for _ in range(12):
        centre, colour = rng.integers(0, 96, size=2), rng.integers(0, 256, size=3)
        cv2.circle(image, centre.tolist(), int(rng.integers(5, 25)), colour.tolist(), -1)
    return image


def test_a_picture_is_78_numbers_near_zero_to_one_and_the_same_every_time() -> None:
    found = descriptor(discs(0))
    assert found.shape == (78,)
    assert np.isfinite(found).all()
    assert np.abs(found).max() < 2
    np.testing.assert_array_equal(found, descriptor(discs(0)))


def test_every_group_of_shares_sums_to_one() -> None:
    found = descriptor(discs(1))
    colours, gradients, patterns = found[9:18], found[18:26], found[26:36]
    for shares in (colours, gradients, patterns):
        assert np.isclose(shares.sum(), 1)


def test_a_flat_picture_is_all_in_the_first_gradient_bin() -> None:
    assert descriptor(np.full((64, 64, 3), 128, np.uint8))[18] == 1
