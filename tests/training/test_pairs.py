import pytest

from tasks.training.pairs import Pair, Row, accepted, drawings, photos


def row(photo: str, anime: str | None, method: str, status: str, split: str) -> Row:
    names = {"pair_id": photo, "photo": photo, "anime": anime, "teacher": None}
    return names | {"method": method, "status": status, "split": split}


ROWS = [
    row("p1", None, "teacher", "accepted", "train"),
    row("p1", "a1", "match", "accepted", "train"),
    row("p2", "a2", "match", "candidate", "train"),
    row("p3", "a3", "manual", "accepted", "val"),
    row("p4", "a1", "match", "accepted", "val"),
    row("p5", "a4", "manual", "rejected", "val"),
]


def test_only_accepted_pairs_of_the_split_are_shown() -> None:
    assert accepted(ROWS, "train") == [Pair("p1", "p1", None, True, ""), Pair("p1", "p1", "a1", False, "")]
    assert [(pair.photo, pair.aligned) for pair in accepted(ROWS, "val")] == [("p3", True), ("p4", False)]


def test_a_recipe_without_pairs_sees_each_photo_of_the_split_once() -> None:
    assert [pair.photo for pair in photos(ROWS, "train")] == ["p1", "p2"]
    assert not any(pair.aligned for pair in photos(ROWS, "val"))


@pytest.mark.parametrize(
    ("split", "shown"),
    [("train", ["a2"]), ("val", ["a1", "a2", "a3", "a4"]), ("test", ["a2", "a4"])],  # a1 and a4 are kept back
)
def test_drawings_that_were_shown_to_other_splits_alone_are_left_out(split: str, shown: list[str]) -> None:
    assert drawings(ROWS, ["a4", "a3", "a2", "a1"], split) == shown
