import cv2
import numpy as np
import pytest

from tasks.after import hair
from tasks.after.colour import lab
from tasks.core.image import Image
from tasks.faces.hair import DRAWN
from tasks.faces.hair_mask import hair_mask
from tasks.training.hair import recoloured
from tests.after.faces import enlarged, face

PHOTO, MARKS = face()
MASK = hair_mask(PHOTO, MARKS)
GREEN = recoloured(PHOTO, MASK, DRAWN.means["green"])


def medians(picture: Image) -> list[float]:
    """Median L*, a*, b* of the hair."""
    return [float(value) for value in np.median(lab(picture)[MASK > 0.8], axis=0)]


def test_green_hair_gets_the_photos_hue_and_keeps_its_light() -> None:
    assert (hair.strange(PHOTO, GREEN, MARKS) or 0) > 5
    mended = hair.guarded(PHOTO, GREEN, MARKS, 1.0)
    assert hair.strange(PHOTO, mended, MARKS) == pytest.approx(0, abs=1)
    assert medians(mended)[0] == pytest.approx(medians(GREEN)[0], abs=3)


def test_half_a_share_goes_half_the_way() -> None:
    a = [medians(hair.guarded(PHOTO, GREEN, MARKS, share))[1] for share in (0.5, 1.0)]
    assert medians(GREEN)[1] < a[0] < a[1]


def test_hair_of_the_photos_colour_stays_and_so_does_all_that_is_no_hair() -> None:
    assert np.abs(hair.guarded(PHOTO, PHOTO, MARKS, 1.0).astype(int) - PHOTO)[MASK > 0.5].mean() < 1
    mended = hair.guarded(PHOTO, GREEN, MARKS, 1.0)
    assert np.array_equal(mended[MASK == 0], GREEN[MASK == 0])


def test_a_colour_that_was_wished_for_is_held_instead() -> None:
    kept = hair.guarded(PHOTO, GREEN, MARKS, 1.0, wanted="green")
    assert np.abs(kept.astype(int) - GREEN).mean() < 0.5


def test_a_large_picture_is_mended_alike() -> None:
    photo, marks = enlarged(PHOTO, MARKS, 2)
    large = hair.guarded(photo, enlarged(GREEN, MARKS, 2)[0], marks, 1.0)
    small = np.asarray(cv2.resize(large, PHOTO.shape[:2], interpolation=cv2.INTER_AREA), np.int64)
    assert np.abs(small - hair.guarded(PHOTO, GREEN, MARKS, 1.0)).mean() < 1.5


def test_where_no_hair_is_found_the_drawing_stays() -> None:
    grey = np.full_like(PHOTO, 128)
    assert hair.guarded(grey, GREEN, MARKS, 1.0) is GREEN
    assert hair.strange(grey, GREEN, MARKS) is None


def test_a_picture_that_is_not_square_is_mended_too() -> None:
    photo, green = (np.ascontiguousarray(picture[:230]) for picture in (PHOTO, GREEN))
    assert hair.guarded(photo, green, MARKS, 1.0).shape == photo.shape
