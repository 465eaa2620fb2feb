import numpy as np
from skimage.exposure import match_histograms

from tasks.core.image import Image
from tasks.faces.histogram import cumulative, matched, mean
from tasks.sample import packaged


def noise(seed: int, low: int, high: int) -> Image:
    return np.random.default_rng(seed).integers(low, high, (64, 48, 3), np.uint8)


def test_with_one_picture_as_reference_it_is_that_of_scikit_image() -> None:
    image, other = packaged("cat"), packaged("coffee")
    ours = matched(image, cumulative(other)).astype(float)
    theirs = match_histograms(image, other, channel_axis=-1)
    assert np.abs(ours - theirs).max() <= 1


def test_a_picture_matched_to_itself_stays() -> None:
    image = packaged("coffee")
    assert np.array_equal(matched(image, cumulative(image)), image)


def test_the_mean_counts_every_picture_the_same_whatever_its_size() -> None:
    dark, light = noise(0, 0, 50), np.repeat(noise(1, 200, 250), 3, axis=0)
    middle, other_way = mean([dark, light]), mean([light, dark])
    assert middle is not None
    assert other_way is not None
    assert np.allclose(middle[:, 120], 0.5)
    assert np.allclose(middle, other_way)


def test_pictures_of_two_palettes_come_nearer() -> None:
    dark, light = noise(0, 0, 50), noise(1, 200, 250)
    reference = mean([dark, light])
    assert reference is not None
    first, second = (matched(image, reference).mean() for image in (dark, light))
    assert abs(first - second) < 5


def test_no_pictures_have_no_mean() -> None:
    assert mean([]) is None
