import numpy as np
import pytest

from tasks.scores.gmsd import gmsd
from tests.scores.pictures import photo, plain, spoiled

PIQ = {"noise": 0.1008053378, "blur": 0.1042704062, "tint": 0.0014869500, "shift": 0.1979734592}


@pytest.mark.parametrize(("how", "expected"), PIQ.items())
def test_the_value_is_the_one_of_piq_0_8_0(how: str, expected: float) -> None:
    assert gmsd(photo(), spoiled(how)) == pytest.approx(expected, abs=1e-6)


def test_equal_pictures_are_zero_apart() -> None:
    assert gmsd(photo(), photo()) == pytest.approx(0, abs=1e-8)
    assert gmsd(plain(90), plain(90)) == 0


def test_a_line_that_went_missing_is_seen_as_the_formula_says() -> None:
    """Black with one bright row of halved pixels: the rows beside it have a slope of 255 there and none here."""
    target, output = plain(0, 16), plain(0, 16)
    target[6:8] = 255
    likeness = np.ones((8, 8))
    likeness[[2, 4]] = 170 / (255**2 + 170)
    likeness[[[2], [4]], [0, 7]] = 170 / (170**2 + 85**2 + 170)  # beyond the border all is black
    likeness[3, [0, 7]] = 170 / (85**2 + 170)
    assert gmsd(target, output) == pytest.approx(likeness.std(), abs=1e-6)


@pytest.mark.parametrize("sides", [(64, 32), (3, 3)])
def test_pictures_of_different_or_tiny_size_are_refused(sides: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="one size of 4 or more"):
        gmsd(plain(0, sides[0]), plain(0, sides[1]))
