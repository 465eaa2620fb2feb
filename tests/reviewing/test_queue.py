import pytest

from tasks.reviewing import queue
from tasks.reviewing.decisions import Decision
from tests.reviewing.collection import candidate, face, labelled, pair_of


def test_candidates_come_by_rank_and_score_with_what_is_told_of_both_faces() -> None:
    labels = {face(1): labelled(1), face(100): labelled(100) | {"style": "cel"}}
    rows = [candidate(2, 0), candidate(1, 1), candidate(1, 0), candidate(3, 0, status="accepted")]
    rows.append(candidate(4, 0, method="teacher"))
    found = queue.candidates(rows, labels)
    assert [item.of for item in found] == [pair_of(1, 0), pair_of(2, 0), pair_of(1, 1)]
    assert found[0].labels == {"hair": ("brown", "brown"), "style": ("unknown", "cel")}


ITEMS = queue.candidates([candidate(n, 0) for n in range(400)], {})


@pytest.mark.parametrize("overlap", [0, 0.1, 0.5, 1])
def test_what_another_reviewer_decided_is_asked_again_in_a_share(overlap: float) -> None:
    others = {item.of for item in ITEMS[:300]}
    left = queue.offered(ITEMS, {}, others, overlap)
    assert left[-100:] == ITEMS[300:]
    assert (len(left) - 100) / 300 == pytest.approx(overlap, abs=0.06)
    assert queue.offered(ITEMS, {}, others, overlap) == left, "every reviewer is asked about the same ones"


def test_what_i_decided_is_over_and_what_i_skipped_comes_when_asked_for() -> None:
    mine = {ITEMS[0].of: Decision("", "pair", ITEMS[0].of, "accept"), ITEMS[1].of: Decision("", "", "", "skip")}
    assert queue.offered(ITEMS, mine, set(), 1) == ITEMS[2:]
    assert queue.offered(ITEMS, mine, set(), 1, again=True) == [ITEMS[1]]


def test_reviewers_have_orders_of_their_own_within_bands_of_equal_interest() -> None:
    rows = [candidate(n, rank, score=0.87 if n < 50 else 0.62) for n in range(100) for rank in (0, 1)]
    items = queue.candidates(rows, {})
    ada, bob = queue.ordered(items, "ada"), queue.ordered(items, "bob")
    assert ada == queue.ordered(reversed(items), "ada")
    for start in range(0, 200, 50):  # four bands: two ranks of two scores
        assert {item.of for item in ada[start : start + 50]} == {item.of for item in bob[start : start + 50]}
    assert len({item.of for item in ada[:20]} & {item.of for item in bob[:20]}) < 15


def test_what_a_refresh_took_in_is_still_asked_of_a_second_reviewer_without_what_the_first_said() -> None:
    rows = [
        candidate(1, 0, status="accepted", reasons="same hair; review: ada accepts"),
        candidate(2, 0, status="rejected", reasons="review: ada rejects (pose)"),
        candidate(3, 0, status="accepted", reasons="same hair"),  # by its score: nobody needs to look at it
    ]
    found = queue.candidates(rows, {})
    assert [(item.of, item.reasons) for item in found] == [(pair_of(1, 0), "same hair"), (pair_of(2, 0), "")]
