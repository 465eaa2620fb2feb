import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from tasks.core.image import Image
from tasks.scores import ssim


def noise(seed: int, side: int = 64) -> Image:
    return np.random.default_rng(seed).integers(0, 256, size=(side, side, 3), dtype=np.uint8)


def blur(channel: np.ndarray) -> np.ndarray:
    return np.asarray(gaussian_filter(channel, 1.5, truncate=3.5))


def by_the_paper(x: Image, y: Image) -> float:
    """Equation 13 of the paper on each channel, its borders of five pixels left out."""
    values = []
    for a, b in zip(x.astype(np.float64).transpose(2, 0, 1), y.astype(np.float64).transpose(2, 0, 1), strict=True):
        ma, mb = blur(a), blur(b)
        va, vb, ab = blur(a * a) - ma**2, blur(b * b) - mb**2, blur(a * b) - ma * mb
        c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
        quality = (2 * ma * mb + c1) * (2 * ab + c2) / ((ma**2 + mb**2 + c1) * (va + vb + c2))
        values.append(quality[5:-5, 5:-5].mean())
    return float(np.mean(values))


def test_equal_pictures_score_one() -> None:
    assert ssim.ssim(noise(0), noise(0)) == pytest.approx(1)


@pytest.mark.parametrize("strength", [1, 20, 80])
def test_the_value_is_the_one_of_the_paper(strength: int) -> None:
    noisy = np.clip(noise(0).astype(int) + noise(1) * strength // 255, 0, 255).astype(np.uint8)
    assert ssim.ssim(noise(0), noisy) == pytest.approx(by_the_paper(noise(0), noisy), abs=1e-6)


@pytest.mark.parametrize("sides", [(64, 32), (8, 8)])
def test_pictures_of_different_or_tiny_size_are_refused(sides: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="one size"):
        ssim.ssim(noise(0, sides[0]), noise(0, sides[1]))
