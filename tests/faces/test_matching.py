import numpy as np

from tasks.faces.matching import Traits, colours, matches


def traits(yaws: list[float], light: float, gender: str) -> Traits:
    turn = np.array([[yaw, 0.0, 0.0] for yaw in yaws])
    return Traits(turn, np.full((len(yaws), 9), light), {"gender": [gender] * len(yaws)})


def test_each_photo_gets_the_drawing_that_is_turned_alike() -> None:
    found = matches(traits([0, 30, -30], 50, "female"), traits([-31, 1, 29], 50, "female"), np.zeros((3, 3)), 0)
    assert [(match.photo, match.anime) for match in found] == [(0, 1), (1, 2), (2, 0)]


def test_no_drawing_is_used_twice() -> None:
    found = matches(traits([0, 0, 0], 50, "female"), traits([0, 90], 50, "female"), np.zeros((3, 2)), 0)
    assert sorted(match.anime for match in found) == [0, 1]


def test_what_is_too_far_is_no_candidate() -> None:
    assert not matches(traits([0], 0, "female"), traits([180], 100, "female"), np.zeros((1, 1)), 0.35)


def test_a_known_difference_costs_and_an_unknown_one_does_not() -> None:
    looks = np.ones((1, 1))
    scores = [
        matches(traits([0], 50, "female"), traits([0], 50, g), looks, 0)[0] for g in ("female", "unknown", "male")
    ]
    assert scores[0].score == scores[1].score > scores[2].score
    assert scores[2].reasons == "pose 1.00, colour 1.00, looks 1.00, 1 attributes differ"


def test_colours_tell_hair_from_face() -> None:
    crop = np.zeros((120, 120, 3), np.uint8)
    crop[48:80, 40:80] = 255
    lightness = colours(crop)[::3]
    assert lightness == [0.0, 100.0, 0.0]
