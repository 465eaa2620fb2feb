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
