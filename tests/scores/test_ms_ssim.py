import numpy as np
import pytest

from tasks.core.image import Image
from tasks.scores.ms_ssim import WEIGHTS, ms_ssim, scales
from tasks.scores.ssim import planes, similarity, ssim
from tests.scores.pictures import photo, plain, spoiled

PIQ = {"noise": 0.8574791814, "blur": 0.9565497631, "tint": 0.9943083358, "shift": 0.8310681048}


@pytest.mark.parametrize(("how", "expected"), PIQ.items())
def test_the_value_is_the_one_of_piq_0_8_0(how: str, expected: float) -> None:
    assert ms_ssim(photo(), spoiled(how)) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("picture", [photo(), plain(0), plain(255), plain(7, side=11)])
def test_equal_pictures_score_one(picture: Image) -> None:
    assert ms_ssim(picture, picture) == pytest.approx(1, abs=1e-6)


def test_a_negative_has_nothing_in_common() -> None:
    assert ms_ssim(photo(), 255 - photo()) == 0


@pytest.mark.parametrize(("side", "expected"), [(256, 5), (176, 5), (175, 4), (44, 3), (22, 2), (21, 1), (11, 1)])
def test_a_scale_that_no_longer_holds_a_window_is_left_out(side: int, expected: int) -> None:
    flat = planes(plain(9, side))
    assert len(scales(flat, flat)) == expected


def test_two_scales_weigh_together_what_five_do() -> None:
    one, two = (planes(picture[:40, :40]) for picture in (photo(), spoiled("noise")))
    halves = [x.reshape(20, 2, 20, 2, 3).mean(axis=(1, 3)) for x in (one, two)]
    near, far = similarity(one, two), similarity(*halves)
    power = sum(WEIGHTS) / (WEIGHTS[0] + WEIGHTS[1])
    expected = np.mean(near.structure ** (WEIGHTS[0] * power) * far.whole ** (WEIGHTS[1] * power))
    assert ms_ssim(photo()[:40, :40], spoiled("noise")[:40, :40]) == pytest.approx(expected, abs=1e-6)


def test_one_scale_is_ssim_to_the_power_of_all_weights() -> None:
    small, other = photo()[:16, :16], spoiled("tint")[:16, :16]
    assert ms_ssim(small, other) == pytest.approx(ssim(small, other), abs=1e-3)


def test_a_picture_without_a_window_is_refused() -> None:
    with pytest.raises(ValueError, match="one size of 11 or more"):
        ms_ssim(plain(0, 10), plain(0, 10))
