import fcntl
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows import leftovers
from tasks.core.errors import UserError

LOCK = "schema: '2.0'\nstages:\n  ingest:\n    cmd: python -m tasks.ingest\n"
NOBODY = {"pid": 2**22 + 1, "cmd": "dvc repro -s align"}  # above the kernel's largest pid


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / ".dvc" / "tmp").mkdir(parents=True)
    return tmp_path


def table(root: Path) -> Path:
    return root / ".dvc" / "tmp" / "rwlock"


def repair(root: Path) -> list[str]:
    return leftovers.repair(root, root / "kept")


@pytest.fixture
def other() -> Iterator[dict[str, object]]:
    """The entry of a process that lives, but is no DVC."""
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as process:
        yield {"pid": process.pid, "cmd": "dvc repro -s label"}


def test_locks_of_processes_that_are_gone_or_became_others_are_removed(root: Path, other: dict[str, object]) -> None:
    table(root).write_text(json.dumps({"write": {"/a": other, "/b": NOBODY}, "read": {"/c": [NOBODY, other]}}))
    assert repair(root) == ["removed the locks of a killed run from DVC's table"]
    assert json.loads(table(root).read_text()) == {"write": {}, "read": {}}


def test_locks_of_living_processes_stay(other: dict[str, object]) -> None:
    held = {"write": {"/a": NOBODY}, "read": {"/b": [NOBODY, other], "/c": [NOBODY]}}
    assert leftovers.living(held, lambda entry: entry is other) == {"write": {}, "read": {"/b": [other]}}


def test_a_table_that_was_cut_off_is_removed(root: Path) -> None:
    table(root).write_text('{"write": {"/a": {"pi')
    assert repair(root) == ["removed DVC's table of locks, which a killed run had cut off"]
    assert not table(root).exists()


def test_a_table_that_dvc_edits_at_this_moment_is_left_alone(root: Path) -> None:
    table(root).write_text("")
    with (root / ".dvc" / "tmp" / "rwlock.lock").open("a") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        assert repair(root) == []


@pytest.mark.parametrize("text", ["", LOCK[:30], "stages: {a: [", "schema: '2.0'\n"])
def test_a_dvc_lock_that_was_cut_off_is_restored(root: Path, text: str) -> None:
    lock = root / "dvc.lock"
    lock.write_text(LOCK)
    leftovers.keep(root, root / "kept")
    lock.write_text(text)
    leftovers.keep(root, root / "kept")
    assert repair(root) == ["restored dvc.lock, which a killed run had cut off"]
    assert lock.read_text() == LOCK


def test_a_cut_off_dvc_lock_without_a_copy_is_an_error_with_the_remedy(root: Path) -> None:
    (root / "dvc.lock").write_text("stages: {a: [")
    with pytest.raises(UserError, match=r"git checkout dvc\.lock"):
        repair(root)


def test_with_nothing_left_over_nothing_is_done(root: Path) -> None:
    assert repair(root) == []
    (root / "dvc.lock").write_text(LOCK)
    table(root).write_text("{}")
    assert repair(root) == []
