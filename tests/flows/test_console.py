import json

import pytest

from flows import console, doctor
from flows.doctor import Finding


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("align: 3 of 8 (shard-3)", "    align | 3 of 8 (shard-3)\n"),
        ("Warning: slow", "    align | Warning: slow\n"),
        ("  ", ""),
    ],
)
def test_a_stages_line_is_shown_once_with_the_stages_name(
    line: str, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    console.stage_says("align", line)
    assert capsys.readouterr().err == shown


@pytest.mark.parametrize(
    ("line", "moved"),
    [
        ("align: 3 of 8 (shard-3)", 0.375),
        ("align: step 50 of 100, l1 0.2", 0.5),
        ("align: 2 of 8 shards to make", None),
        ("align: 8 faces", None),
    ],
)
def test_a_step_moves_the_bar_and_other_lines_do_not(line: str, moved: float | None) -> None:
    step = console.step(line.removeprefix("align: "))
    assert (step and step[0] / step[1]) == moved


def test_the_doctor_lists_what_it_found_and_then_the_remedies() -> None:
    text = doctor.report([Finding("disk", "1.0 GB free", "free some"), Finding("python", "3.12")])
    assert text.splitlines()[1:] == ["!!  disk    1.0 GB free", "ok  python  3.12", "", "disk: free some"]


def test_every_model_of_the_registry_has_a_licence_and_a_place() -> None:
    rows = doctor.model_rows()
    assert all(row["licence"] and row["where"] and row["commercial"] in ("yes", "no", "check") for row in rows)
    assert json.loads(json.dumps(rows)) == rows
