import numpy as np

from tasks.judging.turnover import turnover

FACES = ["a", "b", "c", "d", "e"]
BEFORE, AFTER = np.array([0.5, 0.5, 0.5, 0.5, np.nan]), np.array([0.7, 0.4, 0.52, 0.1, 0.5])


def test_faces_that_one_run_alone_judged_are_new_or_gone() -> None:
    found = turnover(FACES, {"a", "b", "c", "d", "x"}, (BEFORE, BEFORE), ([None] * 5, [None] * 5), 0.05)
    assert (found.new, found.gone, found.changed) == (("e",), ("x",), ())


def test_without_a_former_judgement_nobody_is_new() -> None:
    found = turnover(FACES, None, (BEFORE, BEFORE), ([None] * 5, [None] * 5), 0.05)
    assert (found.new, found.gone) == ((), ())


def test_a_notable_change_of_identity_is_better_or_worse_the_greatest_first() -> None:
    found = turnover(FACES, None, (BEFORE, AFTER), ([None] * 5, [None] * 5), 0.05)
    assert [(face.face, face.turn) for face in found.changed] == [(3, "worse"), (0, "better"), (1, "worse")]


def test_a_face_that_became_unfit_is_broken_and_one_that_became_fit_is_mended() -> None:
    reasons = ([None, "deformed", None, "deformed", None], ["lost_face", None, None, "other_person", None])
    found = turnover(FACES, None, (BEFORE, AFTER), reasons, 0.5)
    assert [(face.face, face.turn, face.reason) for face in found.changed] == [
        (0, "broken", "lost_face"),
        (1, "mended", "deformed"),
    ]
    assert found.those("mended")[0].face == 1
