import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab

from tasks.scores.ciede2000 import ciede2000, delta_e
from tests.scores.pictures import photo, plain, spoiled

# Table 1 of Sharma, Wu, Dalal (2005): L a b, L a b, Delta E 00.
TABLE = """
50.0000 2.6772 -79.7751   50.0000 0.0000 -82.7485   2.0425
50.0000 3.1571 -77.2803   50.0000 0.0000 -82.7485   2.8615
50.0000 2.8361 -74.0200   50.0000 0.0000 -82.7485   3.4412
50.0000 -1.3802 -84.2814  50.0000 0.0000 -82.7485   1.0000
50.0000 -1.1848 -84.8006  50.0000 0.0000 -82.7485   1.0000
50.0000 -0.9009 -85.5211  50.0000 0.0000 -82.7485   1.0000
50.0000 0.0000 0.0000     50.0000 -1.0000 2.0000    2.3669
50.0000 -1.0000 2.0000    50.0000 0.0000 0.0000     2.3669
50.0000 2.4900 -0.0010    50.0000 -2.4900 0.0009    7.1792
50.0000 2.4900 -0.0010    50.0000 -2.4900 0.0010    7.1792
50.0000 2.4900 -0.0010    50.0000 -2.4900 0.0011    7.2195
50.0000 2.4900 -0.0010    50.0000 -2.4900 0.0012    7.2195
50.0000 -0.0010 2.4900    50.0000 0.0009 -2.4900    4.8045
50.0000 -0.0010 2.4900    50.0000 0.0010 -2.4900    4.8045
50.0000 -0.0010 2.4900    50.0000 0.0011 -2.4900    4.7461
50.0000 2.5000 0.0000     50.0000 0.0000 -2.5000    4.3065
50.0000 2.5000 0.0000     73.0000 25.0000 -18.0000  27.1492
50.0000 2.5000 0.0000     61.0000 -5.0000 29.0000   22.8977
50.0000 2.5000 0.0000     56.0000 -27.0000 -3.0000  31.9030
50.0000 2.5000 0.0000     58.0000 24.0000 15.0000   19.4535
50.0000 2.5000 0.0000     50.0000 3.1736 0.5854     1.0000
50.0000 2.5000 0.0000     50.0000 3.2972 0.0000     1.0000
50.0000 2.5000 0.0000     50.0000 1.8634 0.5757     1.0000
50.0000 2.5000 0.0000     50.0000 3.2592 0.3350     1.0000
60.2574 -34.0099 36.2677  60.4626 -34.1751 39.4387  1.2644
63.0109 -31.0961 -5.8663  62.8187 -29.7946 -4.0864  1.2630
61.2901 3.7196 -5.3901    61.4292 2.2480 -4.9620    1.8731
35.0831 -44.1164 3.7933   35.0232 -40.0716 1.5901   1.8645
22.7233 20.0904 -46.6940  23.0331 14.9730 -42.5619  2.0373
36.4612 47.8580 18.3852   36.2715 50.5065 21.2231   1.4146
90.8027 -2.0831 1.4410    91.1528 -1.6435 0.0447    1.4441
90.9257 -0.5406 -0.9208   88.6381 -0.8985 -0.7239   1.5381
6.7747 -0.2908 -2.4247    5.8714 -0.0985 -2.2286    0.6377
2.0776 0.0795 -1.1350     0.9033 -0.0636 -0.5514    0.9082
"""
ROWS = np.array([line.split() for line in TABLE.strip().splitlines()], np.float64)


def test_all_34_pairs_of_the_published_table_agree_both_ways_round() -> None:
    one, two, expected = ROWS[:, :3], ROWS[:, 3:6], ROWS[:, 6]
    assert len(expected) == 34
    assert np.abs(delta_e(one, two) - expected).max() < 5e-5
    assert np.abs(delta_e(two, one) - expected).max() < 5e-5


@pytest.mark.parametrize("how", ["noise", "blur", "tint", "shift"])
def test_the_mean_over_a_picture_is_scikit_image_s(how: str) -> None:
    expected = deltaE_ciede2000(rgb2lab(photo()), rgb2lab(spoiled(how))).mean()  # type: ignore[no-untyped-call]
    assert ciede2000(photo(), spoiled(how)) == pytest.approx(expected, abs=1e-4)


def test_every_colour_agrees_with_scikit_image_in_float32() -> None:
    rng = np.random.default_rng(0)
    one, two = rng.uniform([0, -90, -90], [100, 90, 90], (2, 5000, 3))
    found = delta_e(one.astype(np.float32), two.astype(np.float32))
    assert found.dtype == np.float32
    expected = deltaE_ciede2000(one, two)  # type: ignore[no-untyped-call]
    np.testing.assert_allclose(found.astype(np.float64), expected, atol=2e-3)


def test_black_and_white_are_a_hundred_apart_and_equal_pictures_nothing() -> None:
    assert ciede2000(plain(0), plain(255)) == pytest.approx(100, abs=1e-3)
    assert ciede2000(photo(), photo()) == 0


def test_pictures_of_different_size_are_refused() -> None:
    with pytest.raises(ValueError, match="one size"):
        ciede2000(plain(0, 8), plain(0, 9))
