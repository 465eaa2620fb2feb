from pathlib import Path

import pytest

from tasks import label, review
from tasks.core import manifest
from tasks.core.errors import UserError
from tasks.reviewing import decisions
from tasks.reviewing.decisions import Decision, Log
from tasks.reviewing.desk import Desk
from tests.reviewing.collection import collection, face, labelled, pair_of


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    collection(tmp_path)


def frozen(name: str, *said: Decision) -> None:
    log = Log(decisions.REVIEWS / f"{name}.jsonl")
    for line in said:
        log.append(line)
    log.close()


def offered(reviewer: str, kind: str, overlap: float) -> set[str]:
    desk = Desk(review.items(), reviewer, decisions.LIVE, overlap, decisions.REVIEWS)
    desk.close()
    return {item["of"] for item in desk.queue(kind)["items"]}


def test_a_label_that_a_refresh_took_in_is_asked_again_as_it_was_measured() -> None:
    of = f"{face(0)}/hair"
    frozen("ada", Decision("", "label", of, "accept", "pink"))
    before = manifest.read(label.OUT, manifest.LABEL)
    manifest.write(before, label.MEASURED / "first.parquet", manifest.LABEL)
    manifest.write(label.corrected(before, {face(0): {"hair": "pink"}}), label.OUT, manifest.LABEL)
    (asked,) = (item for item in review.items() if item.of == of)
    assert (asked.value, asked.origin) == (labelled(0)["hair"], labelled(0)["hair_origin"])  # type: ignore[union-attr]
    assert of in offered("bob", "label", 1)
    assert of not in offered("bob", "label", 0)
    assert of not in offered("ada", "label", 1)


def test_a_log_of_another_that_nobody_can_read_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    frozen("bob", Decision("", "pair", pair_of(0, 0), "accept"))
    (decisions.REVIEWS / "cyd.jsonl").write_text("nonsense\n{}\n")
    (decisions.REVIEWS / "bob (copy).jsonl").write_text("")
    assert pair_of(0, 0) not in offered("ada", "pair", 0)
    assert "cyd.jsonl is left out" in caplog.text
    assert "bob (copy).jsonl is left out: its name is no reviewer's" in caplog.text


def test_what_another_decided_is_closed_as_soon_as_it_is_on_disk() -> None:
    desk = Desk(review.items(), "ada", decisions.LIVE, 0, decisions.REVIEWS)
    of = pair_of(0, 0)
    assert desk.open("pair", of)
    bob = Log(decisions.LIVE / "bob.jsonl")
    bob.append(Decision("", "pair", of, "accept"))
    assert not desk.open("pair", of)
    bob.append(Decision("", "pair", of, "undo"))
    assert desk.open("pair", of)
    bob.close()
    desk.close()


def test_only_the_decision_that_is_named_is_taken_back() -> None:
    desk = Desk(review.items(), "ada", decisions.LIVE, 0)
    first = desk.decide("pair", pair_of(0, 0), "accept", "")
    assert desk.counts("pair") == {"done": 1, "skipped": 0}
    with pytest.raises(UserError, match="this pair was decided elsewhere meanwhile; nothing was taken back"):
        desk.undo("pair", first.of, "2026-01-31T09:30:00.000+00:00")
    assert desk.undo("pair", first.of, first.at) is desk.items["pair", first.of]
    with pytest.raises(UserError, match="nothing was taken back"):
        desk.undo("pair", first.of, first.at)
    assert desk.counts("pair") == {"done": 0, "skipped": 0}
    desk.close()
