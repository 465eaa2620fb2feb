from pathlib import Path

import pytest

from flows import schedule
from flows.schedule import Schedule
from tasks.core.errors import UserError


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_without_a_section_refresh_is_daily_and_retrain_weekly(folder: Path) -> None:
    (folder / "params.yaml").write_text("ingest: {}\n")
    assert schedule.load() == Schedule("0 3 * * *", "0 5 * * 0", "UTC")
    schedule.check(schedule.load())


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ("{refresh: daily}", r"schedule\.refresh is 'daily'; it must be five cron fields"),
        ("{retrain: 0 99 * * 0}", r"schedule\.retrain is '0 99 \* \* 0'; it must be a cron such as"),
        ("{timezone: Mars/Base}", r"schedule\.timezone is 'Mars/Base'; it must be an IANA name"),
        ("{refesh: 0 3 * * *}", r"schedule\.refesh is unknown; did you mean refresh\?"),
    ],
)
def test_a_schedule_that_cannot_be_kept_is_refused_with_the_value_and_the_remedy(
    folder: Path, section: str, message: str
) -> None:
    (folder / "params.yaml").write_text(f"schedule: {section}\n")
    with pytest.raises(UserError, match=message):
        schedule.check(schedule.load())
