import numpy as np
import pytest

from tasks.pages import faces
from tests.pages.comparison import report, result


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


def test_a_face_that_could_not_be_measured_is_not_the_worst() -> None:
    found = result()
    found.columns["tuned"]["nme"][4] = np.nan
    assert faces.worst(found, "nme", 12)[-1] == 4


def test_the_typical_face_has_the_median_identity() -> None:
    found = result(faces=11)
    identity = found.columns["tuned"]["identity"]
    assert identity[faces.typical(found)] == np.median(identity)


def test_a_face_is_shown_with_its_pictures_and_the_scores_asked_for() -> None:
    contents = report()
    (face,) = faces.shown(contents.cases, contents.result, [2], ["identity", "nme"])
    assert face.label == "face 3"
    assert all(p.startswith("data:image/webp;base64,") for p in (face.photo, face.base, face.tuned, face.target))
    assert face.note.startswith("Identity 0.")
    assert ", Landmark deformation " in face.note
