import pytest

from tasks.scores.ciede2000 import ciede2000
from tasks.scores.gmsd import gmsd
from tasks.scores.ms_ssim import ms_ssim
from tasks.scores.psnr import psnr
from tasks.scores.reference import NAMES, against
from tasks.scores.ssim import ssim
from tests.scores.pictures import photo, plain, spoiled


@pytest.mark.parametrize("how", ["noise", "blur"])
def test_all_at_once_is_each_by_itself(how: str) -> None:
    pair = photo(), spoiled(how)
    alone = [score(*pair) for score in (ssim, ms_ssim, psnr, gmsd, ciede2000)]
    assert against(*pair) == dict(zip(NAMES, alone, strict=True))


def test_pictures_without_a_window_are_refused() -> None:
    with pytest.raises(ValueError, match="one size of 11 or more"):
        against(plain(0, 10), plain(0, 10))
