"""The last step of a refresh, without Prefect's server: only what it makes of the survey's end."""

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from flows import survey

pytestmark = pytest.mark.usefixtures("fresh_child")


@pytest.fixture
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path))
    (tmp_path / "data" / "ingest").mkdir(parents=True)
    return tmp_path


def script(text: str) -> Sequence[str]:
    return (sys.executable, "-c", text)


def test_a_survey_that_fails_is_said_aloud_with_the_command_to_repeat(
    inside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(survey, "COMMAND", script("print('survey: error: no shard'); raise SystemExit(2)"))
    with pytest.raises(survey.SurveyError) as fault:
        survey.look()
    assert str(fault.value) == (
        "the dataset is made, but not its report: no shard\nrepeat it with: selfie2anime survey"
    )
    assert fault.value.code == 2
    assert not (inside / "running").exists()


def test_a_survey_that_succeeds_says_what_it_found(
    inside: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(survey, "COMMAND", script("print('survey: 9 photos')"))
    assert survey.look() is None
    assert "survey | 9 photos" in capsys.readouterr().err
    assert inside.is_dir()


def test_a_project_that_takes_nothing_in_has_nothing_to_survey(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(survey, "COMMAND", script("raise SystemExit(1)"))
    assert survey.look() is None


def test_a_survey_without_words_still_has_a_reason() -> None:
    assert survey.reason([], 9) == "it said nothing and ended with exit code 9"
