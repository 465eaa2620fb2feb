import numpy as np
import pytest

from tasks.pages import faces
from tests.pages.comparison import result


def test_the_sheet_shows_as_many_people_as_it_can() -> None:
    people = np.array(["anna", "anna", "anna", "ben", "ben", "eve"])
    assert faces.spread(people, 3) == [0, 3, 5]
    assert faces.spread(people, 4) == [0, 1, 3, 5]
    assert faces.spread(people, 99) == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize(("name", "first"), [("identity", np.argmin), ("nme", np.argmax)])
def test_the_worst_face_comes_first_whichever_way_is_better(name: str, first: object) -> None:
    found = result()
    expected = int(first(found.columns["tuned"][name]))  # type: ignore[operator]
    assert faces.worst(found, name, 3)[0] == expected


def test_a_face_that_could_not_be_measured_is_not_among_the_worst() -> None:
    found = result()
    found.columns["tuned"]["nme"][4] = np.nan
    assert 4 not in faces.worst(found, "nme", 12)
    assert len(faces.worst(found, "nme", 12)) == 11


@pytest.mark.parametrize(("name", "bad"), [("same_person", 0.0), ("deformed", 1.0)])
def test_of_a_yes_or_no_only_those_that_failed_are_shown(name: str, bad: float) -> None:
    found = result()
    found.columns["tuned"][name][[2, 7]] = bad
    assert faces.worst(found, name, 12) == [2, 7]


def test_every_score_that_was_measured_has_its_worst_faces() -> None:
    worst = faces.worst_of_all(result(), 3)
    assert {"kept", "identity", "gmsd", "niqe"} <= set(worst)
    assert not {"lpips", "quality", "style"} & set(worst)
    assert worst["kept"] == []


def test_the_typical_face_has_the_median_identity() -> None:
    found = result(faces=11)
    identity = found.columns["tuned"]["identity"]
    assert identity[faces.typical(found)] == np.median(identity)
