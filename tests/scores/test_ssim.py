import numpy as np
import pytest
from skimage.metrics import structural_similarity

from tasks.core.image import Image
from tasks.scores.ssim import ssim
from tests.scores.pictures import photo, plain, spoiled


def by_scikit_image(target: Image, output: Image) -> float:
    """The published window, without the sample covariance that scikit-image takes by default."""
    window = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    value: float = structural_similarity(target, output, data_range=255, channel_axis=2, **window)  # type: ignore[no-untyped-call]
    return value


@pytest.mark.parametrize("how", ["noise", "blur", "tint", "shift"])
def test_the_value_is_scikit_image_s(how: str) -> None:
    assert ssim(photo(), spoiled(how)) == pytest.approx(by_scikit_image(photo(), spoiled(how)), abs=1e-6)


def test_a_negative_is_as_unlike_as_scikit_image_says() -> None:
    negative = 255 - photo()
    assert ssim(photo(), negative) == pytest.approx(by_scikit_image(photo(), negative), abs=5e-6)
    assert ssim(photo(), negative) < 0


@pytest.mark.parametrize("picture", [photo(), plain(0), plain(255), plain(128, side=11)])
def test_equal_pictures_score_one(picture: Image) -> None:
    assert ssim(picture, picture) == pytest.approx(1, abs=1e-6)


def test_of_two_flat_pictures_only_the_light_counts() -> None:
    light = (2 * 100 * 150 + 6.5025) / (100**2 + 150**2 + 6.5025)
    assert ssim(plain(100), plain(150)) == pytest.approx(light, abs=5e-6)


@pytest.mark.parametrize("sides", [(64, 32), (8, 8)])
def test_pictures_of_different_or_tiny_size_are_refused(sides: tuple[int, int]) -> None:
    one, two = (np.zeros((side, side, 3), np.uint8) for side in sides)
    with pytest.raises(ValueError, match="one size of 11 or more"):
        ssim(one, two)
