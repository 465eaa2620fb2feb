from dataclasses import dataclass
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tasks import pair
from tasks.core import manifest
from tasks.core.errors import UserError
from tasks.core.params import parse
from tasks.pair import Params
from tasks.pairing.pairs import TWO_SIDES, Pair, one_sided, rows_of
from tasks.pairing.people import Place
from tasks.reviewing.decisions import Decision
from tasks.reviewing.opinions import Opinions
from tests.pairing.ruler import Ruler

HALVES = Params(val_share=0.25, test_share=0.25, person_margin=0)


@dataclass(frozen=True)
class Picture:
    """A photo of one or two people: a copy of its motif, in which the encoder sees the same faces as in every copy."""

    motif: int
    spots: tuple[float, ...]  # of its faces on the ruler
    subject: str
    batch: int
    quality: int
    id: str


@st.composite
def histories(draw: Any) -> list[Picture]:
    """Pictures as batches bring them, better and worse copies among them, records that contradict each other too."""
    spots = st.lists(st.floats(0, 5, width=32), min_size=1, max_size=2).map(tuple)
    motifs = draw(st.lists(spots, min_size=1, max_size=7))
    shot = st.tuples(
        st.integers(0, len(motifs) - 1), st.sampled_from(["", "", "x", "y"]), st.integers(0, 3), st.integers(0, 3)
    )
    shots = draw(st.lists(shot, min_size=1, max_size=16))
    ids = draw(st.permutations([f"{n:04x}" for n in range(len(shots))]))
    return [
        Picture(motif, motifs[motif], subject, batch, quality, id_)
        for id_, (motif, subject, batch, quality) in zip(ids, shots, strict=True)
    ]


def kept(pictures: list[Picture]) -> list[Picture]:
    """The best copy of each motif, as dedupe leaves it."""
    best = {picture.motif: picture for picture in sorted(pictures, key=lambda p: (p.quality, -p.batch, p.id))}
    return list(best.values())


def places(pictures: list[Picture]) -> dict[str, Place]:
    """Face -> place, as the stage decides it."""
    cluster = {picture.motif: picture.id for picture in sorted(pictures, key=lambda p: p.id, reverse=True)}
    table = pd.DataFrame(
        [(p.id, f"b{p.batch}", p.batch, f"{p.id}.jpg", p.subject or None, cluster[p.motif]) for p in pictures],
        columns=["id", "batch", "position", "name", "subject", "cluster"],
    )
    faces = [(f"{p.id}-{n}", p.id, n, [spot]) for p in kept(pictures) for n, spot in enumerate(p.spots)]
    photos = pd.DataFrame(faces, columns=["face_id", "id", "number", "embedding"])
    return pair.people(photos, table, Ruler(), HALVES)


def with_a_better_copy(subject: str) -> list[Picture]:
    """A copy with a record ties two faces; then a better one without a record takes its place."""
    shots = ("", 0, 0), (subject, 0, 1), ("", 1, 2)
    copies = [
        Picture(0, (0.0,), record, batch, quality, f"{2 * n:04x}") for n, (record, batch, quality) in enumerate(shots)
    ]
    return [*copies, Picture(1, (3.0,), subject, 0, 0, "0003")]


@given(histories())
@example(with_a_better_copy("d"))
@example(with_a_better_copy("g"))
@example(with_a_better_copy("h"))
@settings(max_examples=200)
def test_no_old_row_changes_its_split_when_batches_come(drawn: list[Picture]) -> None:
    before: dict[str, Place] = {}
    for last in range(4):
        if early := [picture for picture in drawn if picture.batch <= last]:
            after = places(early)
            assert {face: after[face] for face in before if face in after} == {
                face: place for face, place in before.items() if face in after
            }
            before = after


@given(histories())
@settings(max_examples=60)
def test_a_better_copy_takes_over_the_split_or_is_left_out(drawn: list[Picture]) -> None:
    motif = {picture.id: picture.motif for picture in drawn}
    splits: dict[tuple[int, str], set[str]] = {}
    for last in range(4):
        if early := [picture for picture in drawn if picture.batch <= last]:
            for face, place in places(early).items():
                id_, _, number = face.partition("-")
                if place.split:
                    splits.setdefault((motif[id_], number), set()).add(place.split)
    assert all(len(found) == 1 for found in splits.values())


@given(histories())
@settings(max_examples=60)
def test_nothing_crosses(drawn: list[Picture]) -> None:
    found = places(drawn)
    faces = [(p, n, spot) for p in kept(drawn) for n, spot in enumerate(p.spots)]
    placed = [(p, spot, place) for p, n, spot in faces if (place := found[f"{p.id}-{n}"]).split]
    for (a, here, one), (b, there, other) in combinations(placed, 2):
        if one.split != other.split:
            assert a.motif != b.motif
            assert not a.subject or a.subject != b.subject
            assert one.person != other.person
            assert np.float32(1) - np.abs(np.float32(here) - np.float32(there)) < Ruler.same


def faces(*rows: dict[str, Any]) -> pd.DataFrame:
    plain = {"yaw": 0.0, "pitch": 0.0, "roll": 0.0, "expression": "happy", "gender": "female"}
    shades = [{"colours": np.full(9, 20.0, np.float32), "embedding": np.ones(4, np.float32)} for _ in rows]
    table = [
        plain | shade | {"face_id": f"f{n}"} | row for n, (shade, row) in enumerate(zip(shades, rows, strict=True))
    ]
    return pd.DataFrame(table, columns=["face_id", *plain, "colours", "embedding"])


def test_matches_wait_for_review_unless_told_otherwise() -> None:
    photos, drawings = faces({}, {"yaw": 20.0}), faces({"face_id": "a"}, {"face_id": "b", "yaw": 21.0})
    by_default = pair.matched(photos, drawings, Params(top_k=2))
    assert [(p.photo, p.anime, p.rank, p.status) for p in by_default] == [
        ("f0", "a", 1, "candidate"),
        ("f0", "b", 2, "candidate"),
        ("f1", "b", 1, "candidate"),
        ("f1", "a", 2, "candidate"),
    ]
    trusting = pair.matched(photos, drawings, Params(top_k=2, auto_accept=0.9))
    assert [p.status for p in trusting] == ["accepted", "candidate", "accepted", "candidate"]


def test_without_drawings_nothing_is_matched() -> None:
    assert pair.matched(faces({}), faces(), Params()) == []


def test_faces_without_labels_are_matched_by_what_there_is() -> None:
    bare = {"yaw": None, "colours": None, "expression": None, "gender": "unknown"}
    (match,) = pair.matched(faces(bare), faces({"face_id": "a"}), Params(min_match=0))
    assert match.reasons == "appearance 1.00"
    assert match.score == pytest.approx(0.9 * 0.5 + 0.1, abs=1e-3)


def opinion(**acts: str) -> Opinions:
    return {reviewer: Decision("", "pair", "", act, "") for reviewer, act in acts.items()}


def test_reviewers_decide_on_matches_whatever_their_score() -> None:
    sure = [Pair("f0", anime, "match", 0.9, rank, reasons="same hair") for rank, anime in enumerate("abc", 1)]
    held = {"f0/a": opinion(ada="reject"), "f0/b": opinion(ada="accept", bob="reject"), "f0/c": opinion(ada="accept")}
    found = pair.reviewed(sure, held, lambda _photo, _anime: None)
    assert [(p.anime, p.status, p.reasons) for p in found] == [
        ("c", "accepted", "same hair; review: ada accepts"),
        ("a", "rejected", "review: ada rejects"),
        ("b", "candidate", "same hair; review: ada accepts, bob rejects"),
    ]


def test_an_accepted_pair_stays_when_matching_proposes_others() -> None:
    photos, drawings = faces({}), faces({"face_id": "a"}, {"face_id": "b", "yaw": 40.0})
    given = Params(top_k=1)
    propose = partial(pair.proposed, photos, drawings, given)
    matches = pair.matched(photos, drawings, given)
    found = pair.reviewed(matches, {"f0/b": opinion(ada="accept"), "f0/gone": opinion(ada="accept")}, propose)
    assert [(p.anime, p.status, p.rank) for p in found] == [("b", "accepted", 2), ("a", "candidate", 1)]
    both = pair.matched(photos, drawings, Params(top_k=2))
    assert found[0].score == next(p.score for p in both if p.anime == "b")
    rejected = pair.reviewed(matches, {"f0/b": opinion(ada="reject")}, propose)
    assert [p.anime for p in rejected] == ["a"]


def test_a_reviewed_pair_gives_way_to_one_by_hand_and_goes_before_other_matches() -> None:
    placed = {"p-0": Place("x", "train"), "q-0": Place("y", "test")}
    matches = [Pair("p-0", "a-0", "match", 0.9), Pair("q-0", "a-0", "match", 0.8, status="candidate")]
    by_hand = [Pair("p-0", "b-0", "manual"), Pair("p-0", "a-0", "manual")]
    held = {"q-0/a-0": opinion(ada="accept")}
    found = list(one_sided(pair.reviewed(matches, held, lambda *_: None), placed))
    assert [(p.photo, p.status, p.reasons) for p in found][1] == ("p-0", "rejected", TWO_SIDES)
    assert (found[0].photo, found[0].status) == ("q-0", "accepted")
    refused = pair.reviewed(matches[:1], {"p-0/a-0": opinion(ada="reject")}, lambda *_: None)
    rows = rows_of(one_sided([*by_hand, *refused], placed), placed)
    assert {(row["method"], row["status"]) for row in rows} == {("manual", "accepted")}


def test_the_report_counts_who_is_left_out() -> None:
    placed = {"f0": Place("x", "train"), "f1": Place("y", None)}
    pairs = [Pair(face, None, "teacher", teacher="cel") for face in placed]
    counts = pair.count(rows_of(pairs, placed), placed)
    assert (counts["in"], counts["kept"], counts["people"]) == (2, 1, 2)
    assert counts["reasons"] == {"between_splits": 1}
    assert counts["split"] == {"none": 1, "train": 1}


def test_nothing_to_train_on_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(UserError, match=r"no accepted pair is left to train on .*set pair.teacher: cel"):
        pair.count([], {})


def test_no_face_at_all_is_an_empty_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    manifest.write(manifest.LABEL.empty_table(), pair.LABEL, manifest.LABEL)
    assert pair.read_faces().empty


def test_no_photo_is_an_error_that_says_where_they_went() -> None:
    with pytest.raises(UserError, match=r"data/align holds no photo's face; see reports/quality.json"):
        pair.people(faces(), pd.DataFrame(), Ruler(), Params())


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"min_match": 1.5}, "pair.min_match is 1.5; use 0 to 1"),
        ({"auto_accept": 0.5}, r"pair.auto_accept is 0.5; use pair.min_match \(0.6\) to 1"),
        ({"auto_accept": 1.1}, r"pair.auto_accept is 1.1; use pair.min_match \(0.6\) to 1"),
        ({"top_k": 0}, "pair.top_k is 0; use 1 or more"),
        ({"val_share": 0.5, "test_share": 0.5}, "leave nothing to train on"),
        ({"top": 3}, "pair.top is unknown; did you mean top_k?"),
    ],
)
def test_a_mistaken_parameter_is_named(values: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError, match=said):
        parse("pair", values, Params)
