import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio

from tasks.scores.psnr import CEILING, psnr
from tests.scores.pictures import photo, plain, spoiled


@pytest.mark.parametrize("how", ["noise", "blur", "tint", "shift"])
def test_the_value_is_scikit_image_s(how: str) -> None:
    expected = peak_signal_noise_ratio(photo(), spoiled(how), data_range=255)  # type: ignore[no-untyped-call]
    assert psnr(photo(), spoiled(how)) == pytest.approx(expected, abs=1e-9)


def test_black_beside_white_is_zero() -> None:
    assert psnr(plain(0), plain(255)) == 0


def test_equal_pictures_keep_means_finite() -> None:
    assert psnr(photo(), photo()) == CEILING


def test_what_is_nearer_than_the_ceiling_is_at_the_ceiling() -> None:
    nearly = photo()
    nearly[0, 0, 0] += 1
    assert psnr(photo(), nearly) == CEILING


def test_a_step_of_one_everywhere_is_the_peak_itself() -> None:
    assert psnr(plain(8), plain(9)) == pytest.approx(20 * np.log10(255))


def test_pictures_of_different_size_are_refused() -> None:
    with pytest.raises(ValueError, match="one size"):
        psnr(plain(0, 8), plain(0, 9))
