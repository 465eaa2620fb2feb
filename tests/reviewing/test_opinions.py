import pytest

from tasks.reviewing.decisions import Decision
from tasks.reviewing.opinions import of_kind, spoken, status, unsigned, values
from tests.reviewing.collection import face, pair_of


def pair(act: str, value: str = "") -> Decision:
    return Decision("", "pair", pair_of(1, 1), act, value)


@pytest.mark.parametrize(
    ("ada", "bob", "became", "said"),
    [
        ("accept", "", "accepted", "review: ada accepts"),
        ("accept", "accept", "accepted", "review: ada accepts, bob accepts"),
        ("reject", "reject", "rejected", "review: ada rejects (pose), bob rejects (pose)"),
        ("accept", "reject", "candidate", "review: ada accepts, bob rejects (pose)"),
        ("accept", "skip", "accepted", "review: ada accepts"),
    ],
)
def test_a_pair_becomes_what_all_its_reviewers_say(ada: str, bob: str, became: str, said: str) -> None:
    logs = {name: [pair(act, "pose" if act == "reject" else "")] for name, act in (("ada", ada), ("bob", bob)) if act}
    held = of_kind(logs, "pair")[pair_of(1, 1)]
    assert (status(held), spoken(held)) == (became, said)


@pytest.mark.parametrize(
    ("reasons", "left"),
    [("pose 0.9; review: ada accepts", "pose 0.9"), ("review: bob rejects", ""), ("by hand", "by hand"), (None, "")],
)
def test_reasons_can_be_told_without_who_reviewed(reasons: str | None, left: str) -> None:
    assert unsigned(reasons) == left


def test_what_is_skipped_or_taken_back_is_no_opinion() -> None:
    assert of_kind({"ada": [pair("skip")], "bob": [pair("accept"), pair("undo")]}, "pair") == {}


def test_a_label_is_what_all_its_reviewers_say() -> None:
    def label(number: int, value: str) -> Decision:
        return Decision("", "label", f"{face(number)}/hair", "accept", value)

    logs = {"ada": [label(1, "red"), label(2, "red")], "bob": [label(1, "red"), label(2, "black"), label(3, "grey")]}
    assert values(of_kind(logs, "label")) == {face(1): {"hair": "red"}, face(3): {"hair": "grey"}}
