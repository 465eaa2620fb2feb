import json
import os
from pathlib import Path

import pytest

from tasks.core.errors import UserError
from tasks.reviewing import decisions
from tasks.reviewing.decisions import Decision, Log, standing
from tests.reviewing.collection import pair_of


def said(act: str, of: str = pair_of(1, 1), value: str = "") -> Decision:
    return Decision("2026-01-31T09:30:00.000+00:00", "pair", of, act, value)


def log_of(path: Path, *lines: Decision) -> Path:
    log = Log(path)
    for line in lines:
        log.append(line)
    log.close()
    return path


def test_what_was_appended_is_read_again(tmp_path: Path) -> None:
    lines = [said("accept"), said("reject", pair_of(2, 1), "pose"), said("undo")]
    path = log_of(tmp_path / "reviews/zoë.jsonl", *lines)
    assert decisions.logs(path.parent) == {"zoë": lines}
    assert json.loads(path.read_text().splitlines()[1])["value"] == "pose"


@pytest.mark.parametrize(
    ("acts", "holds"),
    [
        (["accept"], "accept"),
        (["accept", "reject"], "reject"),
        (["accept", "undo"], None),
        (["accept", "reject", "undo"], "accept"),
        (["accept", "reject", "undo", "undo"], None),
        (["undo", "skip"], "skip"),
    ],
)
def test_the_last_word_holds_and_undo_takes_it_back(acts: list[str], holds: str | None) -> None:
    found = standing(map(said, acts)).get(("pair", pair_of(1, 1)))
    assert (found.act if found else None) == holds


@pytest.mark.parametrize("cut", [1, 20, 100])
def test_a_torn_last_line_is_set_aside_and_the_rest_holds(
    cut: int, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = log_of(tmp_path / "ada.jsonl", said("accept"), said("skip", pair_of(2, 1)))
    torn = path.read_bytes()[:-cut] if cut > 1 else path.read_bytes() + b"{"
    path.write_bytes(torn)
    kept = decisions.read(path)
    assert kept[0] == said("accept")
    assert len(kept) == (2 if cut == 1 else 1)
    assert "cut off while it was written" in caplog.text
    log_of(path, said("reject", pair_of(3, 1)))
    assert decisions.read(path) == [*kept, said("reject", pair_of(3, 1))]
    assert torn.endswith(path.with_suffix(".torn").read_bytes().strip())


def test_a_last_line_without_its_newline_counts(tmp_path: Path) -> None:
    path = log_of(tmp_path / "ada.jsonl", said("accept"))
    path.write_bytes(path.read_bytes().rstrip())
    log_of(path, said("skip", pair_of(2, 1)))
    assert [line.act for line in decisions.read(path)] == ["accept", "skip"]


@pytest.mark.parametrize("bad", ["", "nonsense", "[]", '{"at": "", "kind": "pair", "of": "../x", "act": "accept"}'])
def test_a_bad_line_before_the_last_is_an_error_that_names_it(bad: str, tmp_path: Path) -> None:
    path = log_of(tmp_path / "ada.jsonl", said("accept"))
    path.write_text(f"{path.read_text()}{bad}\n{path.read_text()}")
    with pytest.raises(UserError, match=r"ada.jsonl line 2 is .*; mend or delete the line"):
        decisions.read(path)


def test_a_full_disk_leaves_nothing_of_the_line_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = Log(tmp_path / "ada.jsonl")
    log.append(said("accept"))
    before = log.path.read_bytes()

    def full(_file: int) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="no space"):
            log.append(said("reject"))
    assert log.path.read_bytes() == before
    log.append(said("skip"))
    log.close()
    assert [line.act for line in decisions.read(log.path)] == ["accept", "skip"]


def test_one_process_at_a_time_is_a_reviewer(tmp_path: Path) -> None:
    held = Log(tmp_path / "ada.jsonl")
    with pytest.raises(UserError, match="ada is reviewing already; end that one or give another --reviewer"):
        Log(tmp_path / "ada.jsonl")
    held.close()


@pytest.mark.parametrize("name", ["", "../ada", "a/b", ".ada", "ada\n", "a b", "a" * 41, "-ada", "a\0"])
def test_a_name_that_is_no_safe_file_name_is_refused(name: str) -> None:
    with pytest.raises(UserError, match="--reviewer is"):
        decisions.reviewer(name)


@pytest.mark.parametrize("name", ["ada", "Zoë", "j.doe-2", "千尋"])
def test_a_plain_name_is_kept(name: str) -> None:
    assert decisions.reviewer(name) == name


@pytest.mark.parametrize("again", [b"", None])
def test_a_line_is_never_written_to_a_log_that_was_replaced(again: bytes | None, tmp_path: Path) -> None:
    log = Log(tmp_path / "ada.jsonl")
    log.append(said("accept"))
    log.path.unlink()
    if again is not None:
        log.path.write_bytes(again)
    with pytest.raises(UserError, match=r"not saved: .*ada.jsonl was replaced or removed; end `selfie2anime review`"):
        log.append(said("reject"))
    assert log.decisions == [said("accept")]
    log.close()


def test_a_log_that_is_replaced_while_a_line_is_written_does_not_count_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = Log(tmp_path / "ada.jsonl")
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", lambda _file: log.path.unlink())
        with pytest.raises(UserError, match="not saved"):
            log.append(said("accept"))
    log.close()
