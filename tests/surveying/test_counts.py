from pathlib import Path

import pytest

from tasks import survey
from tasks.surveying import journey
from tasks.surveying.counts import ordered
from tests.exports import collection


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return collection.write(tmp_path_factory.mktemp("counts") / "data")


def test_the_commonest_value_comes_first_and_the_unknown_last() -> None:
    assert list(ordered({"b": 2, "unknown": 9, "c": 5, "a": 2})) == ["c", "a", "b", "unknown"]


def test_a_consent_about_to_end_is_counted(data: Path) -> None:
    journeys = journey.journeys(data)
    states = {day: survey.look(data, journeys, None, day).consent for day in ("2026-11-01", "2026-12-15", "2027-03-02")}
    assert [(c.soon, c.expired) for c in states.values()] == [(0, 0), (3, 0), (0, 3)]


def test_a_copy_stands_beside_the_picture_that_is_kept(data: Path) -> None:
    (group,) = survey.look(data, journey.journeys(data), None, "2026-12-15").copies
    assert (group.kept, group.others, group.count) == ("p-collins-0", (("p-copy", "hashes 2 bits apart"),), 2)
