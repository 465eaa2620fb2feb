import numpy as np
import torch

from tasks.training.hair import DARK
from tasks.training.picture import Face, haired, shown, stacked
from tasks.training.variation import Variation, unvaried
from tasks.training.window import whole
from tests.training.collection import ARC, HAIR_COLOUR, SIZE, lab, landmarks, picture, portrait, strands

FACE = Face(picture(1), landmarks(), np.array(ARC).reshape(2, 3))
POINTS = landmarks(SIZE)
WINDOWS = (whole(SIZE), whole(SIZE))


def test_dark_hair_is_dark_on_photo_and_drawing_and_the_face_stays() -> None:
    change, green = Variation(WINDOWS, dark="black"), portrait((40, 200, 60))
    photo, drawing, word = haired(portrait(), green, POINTS, None, change)
    assert word == "black"
    for now, before, hair in ((photo, portrait(), HAIR_COLOUR), (drawing, green, (40, 200, 60))):
        assert np.abs(lab(now[strands(hair)]) - DARK["black"]).max() < 12
        np.testing.assert_array_equal(now[70:80, 55:73], before[70:80, 55:73])


def test_a_colour_is_given_to_the_drawing_alone() -> None:
    photo, drawing, word = haired(portrait(), portrait(), POINTS, None, Variation(WINDOWS, colour="blue"))
    assert word == "blue" and photo is portrait()
    assert lab(drawing[strands()])[2] < -10


def test_hair_that_is_not_found_on_both_pictures_is_said_to_be_its_own() -> None:
    bald = np.full((SIZE, SIZE, 3), 200, np.uint8)
    photo, drawing, word = haired(portrait(), bald, POINTS, POINTS, Variation(WINDOWS, dark="black"))
    assert photo is portrait() and drawing is bald and word == ""


def test_pictures_become_tensors_between_minus_one_and_one() -> None:
    one = shown(FACE, FACE, True, unvaried(64), 32)
    batch = stacked([one, one], 32, 0)
    assert batch.photos.shape == (2, 3, 32, 32) and batch.skin.shape == (2, 1, 32, 32)
    assert batch.photos.min() >= -1 and batch.photos.max() <= 1 and batch.aligned.tolist() == [1, 1]
    np.testing.assert_array_equal(np.rint((batch.photos[0].permute(1, 2, 0).numpy() + 1) * 127.5), one.photo)
    assert all(t.dtype == torch.float32 for t in vars(batch).values() if isinstance(t, torch.Tensor))


def test_no_pictures_become_a_batch_of_none() -> None:
    batch = stacked([], 32, 5)
    assert len(batch) == 0 and batch.wishes.shape == (0, 5) and batch.points.shape == (0, 68, 2)
