"""The dataset's report, from manifests on disk to the page and its numbers."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tasks import survey
from tasks.core import manifest
from tasks.core.errors import UserError
from tasks.surveying import journey
from tests.exports import collection


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    collection.write(tmp_path / "data")
    return tmp_path


def numbers() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(survey.NUMBERS.read_text())
    return found


def drop(name: str) -> collection.Row:
    """A photo that arrives later."""
    return collection.picture(name, "photo", collection.face("first", 2), batch="fresh")


@pytest.mark.usefixtures("project")
def test_the_same_dataset_gives_the_same_bytes() -> None:
    survey.main()
    first = (survey.PAGE.read_bytes(), survey.NUMBERS.read_bytes())
    survey.main()
    assert (survey.PAGE.read_bytes(), survey.NUMBERS.read_bytes()) == first


@pytest.mark.usefixtures("project")
def test_the_numbers_are_those_of_the_manifests() -> None:
    survey.main()
    found = numbers()
    assert (found["files"], found["photos"], found["drawings"], found["people"], found["pairs"]) == (19, 9, 6, 3, 12)
    assert found["changes"] == {"new": 0, "gone": 0, "moved": 0}
    assert found["splits"]["test"] == {"people": 1, "faces": 3, "pairs": 4}
    assert found["licences"]["drawings"] == {"CC0-1.0": 5, "unknown": 1}
    assert found["labels"]["gender"]["photos"] == {"male": 6, "female": 3}


@pytest.mark.usefixtures("project")
def test_every_stage_of_each_role_counts_what_came_and_what_went_on() -> None:
    survey.main()
    steps = {step["stage"]: step for step in numbers()["funnel"]["photos"]}
    ways = {stage: (step["in"], step["kept"], step["reasons"]) for stage, step in steps.items()}
    assert ways == {
        "ingest": (13, 12, {"unreadable": 1}),
        "dedupe": (12, 11, {"near_duplicate": 1}),
        "quality": (11, 9, {"dark": 1, "blurred": 1}),
        "align": (9, 9, {}),
        "pair": (9, 9, {}),
    }


def test_a_refresh_tells_what_came_what_went_and_what_is_decided_otherwise(project: Path) -> None:
    survey.main()
    collection.write(project / "data", [drop("r-one"), drop("r-two")])
    rows = manifest.read(project / "data" / "quality.parquet", manifest.QUALITY).to_pylist()
    rows = [row | {"reason": None, "keep": True} if row["id"] == "r-dark" else row for row in rows]
    manifest.write_rows(rows, project / "data" / "quality.parquet", manifest.QUALITY)
    (project / "data" / "ingest" / "later-0000.parquet").unlink()
    survey.main()
    assert numbers()["changes"] == {"new": 2, "gone": 1, "moved": 1}
    page = survey.PAGE.read_text()
    assert "2 new photos <span>in batch fresh</span>" in page
    assert "1 photo gone <span>from batch later</span>" in page
    assert "from <code>quality: dark</code> to <code>align: not_aligned</code>" in page


def test_what_changed_stays_until_something_changes_again(project: Path) -> None:
    survey.main()
    collection.write(project / "data", [drop("r-one")])
    survey.main()
    page = survey.PAGE.read_bytes()
    survey.main()
    assert survey.PAGE.read_bytes() == page
    assert b"1 new photo " in page


def test_a_kill_between_the_two_steps_of_remembering_loses_no_former_state(tmp_path: Path) -> None:
    one, two = (journey.SNAPSHOT.empty_table(), pa.Table.from_pylist([{"id": "a"}], schema=journey.SNAPSHOT))
    assert survey.remember(one, tmp_path) is None
    (tmp_path / "current.parquet").replace(tmp_path / "previous.parquet")  # the kill
    former = survey.remember(two, tmp_path)
    assert former is not None
    assert former.empty
    assert manifest.read(tmp_path / "current.parquet", journey.SNAPSHOT).equals(two)


def test_an_empty_collection_is_an_error_with_a_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="data/ingest holds no picture; `selfie2anime refresh` takes in"):
        survey.main()


@pytest.mark.parametrize("missing", ["pair.parquet", "label.parquet", "batches.parquet", "quality.parquet"])
def test_stages_that_have_not_run_are_no_error(project: Path, missing: str) -> None:
    (project / "data" / missing).unlink()
    survey.main()
    assert survey.PAGE.is_file()
