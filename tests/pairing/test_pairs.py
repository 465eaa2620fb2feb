from tasks.pairing.pairs import TWO_SIDES, Pair, one_sided, rows_of
from tasks.pairing.people import BETWEEN, Place


def test_a_photo_between_splits_has_rejected_pairs_of_no_split() -> None:
    rows = rows_of([Pair("f0", None, "teacher", teacher="cel")], {"f0": Place("x", None)})
    assert [(row["status"], row["reasons"], row["split"]) for row in rows] == [("rejected", BETWEEN, None)]


def test_a_drawing_is_accepted_on_one_side_only() -> None:
    placed = {
        "p-0": Place("x", "train"),
        "q-0": Place("y", "test"),
        "r-0": Place("z", None),
        "s-0": Place("x", "train"),
    }
    by_hand = [Pair(photo, "a-0", "manual") for photo in ("r-0", "p-0", "q-0", "s-0")]
    pairs = [*by_hand, Pair("q-0", "a-1", "match", 1.0), Pair("q-0", "b-0", "match", 1.0)]
    waiting = [Pair("q-0", "a-0", "match", 0.7, status="candidate"), Pair("q-0", None, "teacher", teacher="cel")]
    found = list(one_sided([*pairs, *waiting], placed))
    status = ["accepted", "accepted", "rejected", "accepted", "rejected", "accepted", "candidate", "accepted"]
    assert [one.status for one in found] == status
    assert [one.reasons for one in found if one.status == "rejected"] == [TWO_SIDES] * 2
    sides = [(row["anime"], row["split"]) for row in rows_of(found, placed) if row["status"] == "accepted"]
    assert sorted(filter(all, sides)) == [("a-0", "train"), ("a-0", "train"), ("b-0", "test")]


def test_of_two_ways_to_one_pair_the_first_counts() -> None:
    twice = [Pair("f0", "a", "manual", reasons="by hand"), Pair("f0", "a", "match", 0.8, 1, "candidate")]
    rows = rows_of(twice, {"f0": Place("x", "train")})
    assert [(row["method"], row["status"], row["split"], row["person"]) for row in rows] == [
        ("manual", "accepted", "train", "x")
    ]
