from pathlib import Path

import pytest

from tasks.core.errors import UserError
from tasks.reviewing import decisions, snapshot
from tasks.reviewing.decisions import Decision, Log
from tests.reviewing.collection import pair_of


def said(photo: int) -> Decision:
    return Decision("2026-01-31T09:30:00.000+00:00", "pair", pair_of(photo, 1), "accept")


@pytest.fixture
def live(tmp_path: Path) -> Path:
    return tmp_path / "data/reviews"


@pytest.fixture
def frozen(tmp_path: Path) -> Path:
    return tmp_path / "data/sources/reviews"


def test_what_is_decided_while_a_stage_runs_waits_for_the_next_snapshot(live: Path, frozen: Path) -> None:
    log = Log(live / "ada.jsonl")
    log.append(said(1))
    assert snapshot.take(live, frozen) == [frozen / "ada.jsonl"]
    before = (frozen / "ada.jsonl").read_bytes()
    log.append(said(2))  # the stage runs: what it reads stands still, to the byte
    assert (frozen / "ada.jsonl").read_bytes() == before
    assert snapshot.take(live, frozen) == [frozen / "ada.jsonl"]
    assert decisions.logs(frozen) == {"ada": [said(1), said(2)]}
    log.close()


def test_a_log_without_news_is_not_touched(live: Path, frozen: Path) -> None:
    log = Log(live / "ada.jsonl")
    log.append(said(1))
    log.close()
    snapshot.take(live, frozen)
    mark = (frozen / "ada.jsonl").stat()
    assert snapshot.take(live, frozen) == []
    assert (frozen / "ada.jsonl").stat() == mark


def test_half_a_line_is_not_taken(live: Path, frozen: Path) -> None:
    log = Log(live / "ada.jsonl")
    log.append(said(1))
    log.append(said(2))
    log.close()
    (live / "ada.jsonl").write_bytes((live / "ada.jsonl").read_bytes()[:-20])
    snapshot.take(live, frozen)
    assert decisions.logs(frozen) == {"ada": [said(1)]}


def test_a_log_that_left_stays_frozen_and_its_reviewer_goes_on_from_it(live: Path, frozen: Path) -> None:
    log = Log(live / "ada.jsonl")
    log.append(said(1))
    log.close()
    snapshot.take(live, frozen)
    (live / "ada.jsonl").unlink()
    assert snapshot.take(live, frozen) == []
    log = Log(live / "ada.jsonl", frozen / "ada.jsonl")
    assert log.decisions == [said(1)]
    log.append(said(2))
    log.close()
    snapshot.take(live, frozen)
    assert decisions.logs(frozen) == {"ada": [said(1), said(2)]}


def test_a_log_that_lost_lines_which_were_taken_in_is_an_error(live: Path, frozen: Path) -> None:
    for folder, photo in ((frozen, 1), (live, 2)):
        log = Log(folder / "ada.jsonl")
        log.append(said(photo))
        log.close()
    with pytest.raises(UserError, match=r"reviews/ada.jsonl lacks lines that were taken in before; add those of"):
        snapshot.take(live, frozen)


def test_a_bad_line_and_a_strangers_file_do_not_get_in(
    live: Path, frozen: Path, caplog: pytest.LogCaptureFixture
) -> None:
    live.mkdir(parents=True)
    (live / "ada (copy).jsonl").write_text("nonsense\n")
    assert snapshot.take(live, frozen) == []
    assert "ada (copy).jsonl is left out" in caplog.text
    (live / "ada.jsonl").write_text("nonsense\n")
    with pytest.raises(UserError, match=r"ada.jsonl line 1 is b'nonsense'"):
        snapshot.take(live, frozen)
    assert not frozen.exists()
