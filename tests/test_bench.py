from pathlib import Path

import pytest

from tasks import bench
from tasks.core.errors import UserError


def test_the_last_note_of_each_stage_counts(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    lines = [("a", 1.0), ("b", 2.0), ("a", 4.0), ("inventory", 1.0)]
    notes.write_text("".join(f'{{"stage": "{s}", "seconds": {t}, "peak_mb": 7}}\n' for s, t in lines))
    table = bench.table(bench.notes(notes), {"a": 8, "b": 3})
    assert table.splitlines()[2:] == ["| b | 3 | 2.0 | 1.5 | 7 |", "| a | 8 | 4.0 | 2.0 | 7 |"]


def test_without_a_run_the_error_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="`selfie2anime run` notes there"):
        bench.notes(tmp_path / "nothing")


def test_the_machine_is_named_with_its_versions() -> None:
    assert "cores" in bench.machine()
    assert "torch 2." in bench.machine()
