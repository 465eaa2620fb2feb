from tasks.judging.turnover import Changed, Turnover
from tasks.pages import differences

FACES = [f"{i:016x}-0" for i in range(40)]
MANY = tuple(Changed(i, "worse", 0.8, 0.7, "") for i in range(20))
TURNOVER = Turnover((FACES[39], FACES[38]), ("gone-0",), (*MANY, Changed(30, "broken", 0.8, 0.2, "other_person")))


def test_what_broke_is_told_first_with_its_reason() -> None:
    broken = differences.kinds(TURNOVER)[0]
    assert (broken.name, broken.count) == ("broken", 1)
    assert broken.faces[0].note == "0.800 → 0.200, not recognised as the same person"


def test_all_are_counted_and_the_greatest_changes_shown() -> None:
    worse = next(kind for kind in differences.kinds(TURNOVER) if kind.name == "worse")
    assert (worse.count, [face.face for face in worse.faces]) == (20, list(range(differences.SHOWN)))


def test_the_page_wants_the_pictures_of_what_changed_and_what_is_new() -> None:
    assert set(differences.shown(TURNOVER, FACES)) == {*range(differences.SHOWN), 30, 38, 39}
