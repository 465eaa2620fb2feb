from pathlib import Path

import pytest

from tasks.core import manifest
from tasks.surveying import journey
from tests.exports import collection


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    expired = collection.picture("ended", "photo", None, reason="consent_expired", detail="ended on 2026-01-01")
    return collection.write(tmp_path_factory.mktemp("journey"), [expired])


@pytest.mark.parametrize(
    ("name", "stage", "reason"),
    [
        ("bad", "ingest", "unreadable"),
        ("p-copy", "dedupe", "near_duplicate"),
        ("r-dark", "quality", "dark"),
        ("p-hopper-1", "pair", None),
        ("a-collins-1", "pair", "to_review"),
        ("a-hopper-1", "pair", "no_pair"),
    ],
)
def test_a_picture_ends_where_the_first_reason_took_it(data: Path, name: str, stage: str, reason: str | None) -> None:
    rows = {row["id"]: row for row in journey.records(journey.journeys(data))}
    assert (rows[name]["stage"], rows[name]["reason"]) == (stage, reason)


def test_a_stage_that_has_not_run_ends_nobodys_way(data: Path, tmp_path: Path) -> None:
    rows = manifest.read_all(data / "ingest", manifest.INGEST)
    manifest.write(rows, tmp_path / "ingest" / "all-0000.parquet", manifest.INGEST)
    found = journey.journeys(tmp_path)
    assert set(found["stage"]) == {"ingest"}
    assert set(found["reason"].dropna()) == {"unreadable", "consent_expired"}


def test_each_name_of_a_file_goes_its_own_way(tmp_path: Path) -> None:
    same = {"id": "x", "batch": "b", "role": "photo"}
    files = [collection.blank(manifest.INGEST, **same, name=name) for name in ("first", "again")]
    decided = [collection.blank(manifest.DEDUPE, **same, reason=reason) for reason in ("exact_duplicate", None)]
    manifest.write_rows(files, tmp_path / "ingest" / "b.parquet", manifest.INGEST)
    manifest.write_rows(decided, tmp_path / "dedupe.parquet", manifest.DEDUPE)
    seen = [collection.blank(manifest.QUALITY, **same, reason="dark")]
    manifest.write_rows(seen, tmp_path / "quality.parquet", manifest.QUALITY)
    found = journey.journeys(tmp_path)
    assert dict(zip(found["name"], found["reason"], strict=True)) == {"first": "exact_duplicate", "again": "dark"}


def test_pictures_that_nobody_allowed_to_show_are_counted_and_not_shown(data: Path) -> None:
    found = journey.journeys(data)
    assert ("photo", "ingest", "consent_expired") not in journey.rejects(found)
    reasons = {reason.name: reason for reason in journey.steps(found, "photo", {})[0].reasons}
    assert (reasons["consent_expired"].count, reasons["consent_expired"].rejects) == (1, [])


def test_a_role_without_pictures_has_no_steps(data: Path) -> None:
    found = journey.journeys(data)
    assert journey.steps(found[found["role"] == "photo"], "anime", {}) == []
