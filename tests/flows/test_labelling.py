from pathlib import Path

import pytest

from flows import cli


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "data/label.parquet is missing; `dvc repro` makes it"),
        (["--role", "foto"], "--role is 'foto'; did you mean photo?"),
        (["--count", "0"], "--count is 0; use 1 to 2000"),
        (["--apply", "none.csv"], "--apply none.csv is no file"),
        (["--apply", "sheet.csv"], "sheet.csv is no readable CSV"),
    ],
)
def test_a_mistake_ends_with_exit_code_2_and_one_line(
    options: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("sheet.csv").write_bytes(b"image,attribute,value\n\xff,hair,red\n")
    assert cli.guarded(cli.parser().parse_args(["label-sheet", *options])) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line


def test_a_survey_outside_a_project_says_where_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.guarded(cli.parser().parse_args(["survey"])) == 2
    assert "run this in the project's folder" in capsys.readouterr().err
