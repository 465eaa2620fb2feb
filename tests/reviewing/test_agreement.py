from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.reviewing import agreement
from tasks.reviewing.agreement import kappa
from tasks.reviewing.decisions import Decision
from tests.reviewing.collection import face, pair_of


def confusion_kappa(one: Sequence[str], other: Sequence[str]) -> float:
    """scikit-learn's way: weights off the diagonal of the confusion matrix over those of its margins' product."""
    words = sorted({*one, *other})
    seen = [[sum((a, b) == (x, y) for a, b in zip(one, other, strict=True)) for y in words] for x in words]
    rows, columns = [sum(row) for row in seen], [sum(column) for column in zip(*seen, strict=True)]
    expected = [[row * column / len(one) for column in columns] for row in rows]
    off = [(i, j) for i in range(len(words)) for j in range(len(words)) if i != j]
    apart: float = sum(seen[i][j] for i, j in off) / sum(expected[i][j] for i, j in off)
    return 1 - apart


def test_a_worked_case() -> None:
    # 50 proposals: both yes 20, both no 15, split 5 and 10: p_o 0.7, p_e 0.5 * 0.6 + 0.5 * 0.4 = 0.5, kappa 0.4
    one = ["yes"] * 25 + ["no"] * 25
    other = ["yes"] * 20 + ["no"] * 5 + ["yes"] * 10 + ["no"] * 15
    assert kappa(one, other) == pytest.approx(0.4)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=1, max_size=60))
def test_kappa_is_that_of_the_confusion_matrix(words: list[tuple[str, str]]) -> None:
    one, other = zip(*words, strict=True)
    if len({*one, *other}) > 1:
        assert kappa(one, other) == pytest.approx(confusion_kappa(one, other))
    else:
        assert kappa(one, other) is None


def test_without_a_decision_of_both_there_is_none() -> None:
    assert kappa([], []) is None


def test_reviewers_are_compared_on_what_both_decided_subject_by_subject() -> None:
    def said(kind: str, of: str, act: str, value: str = "") -> Decision:
        return Decision("", kind, of, act, value)

    both = [said("pair", pair_of(n, 0), "accept") for n in range(3)]
    ada = [*both, said("pair", pair_of(9, 0), "reject"), said("label", f"{face(1)}/hair", "accept", "brown")]
    bob = [*both, said("pair", pair_of(9, 0), "accept"), said("label", f"{face(1)}/hair", "accept", "red")]
    cyd = [said("pair", pair_of(9, 0), "skip"), said("pair", pair_of(8, 0), "accept")]
    found = agreement.agreements({"bob": bob, "ada": ada, "cyd": cyd})
    assert [(a.one, a.other, a.about, a.n, a.enough) for a in found] == [
        ("ada", "bob", "pair", 4, False),
        ("ada", "bob", "hair", 1, False),
    ]
    assert found[0].kappa == pytest.approx(0)
