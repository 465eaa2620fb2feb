from pathlib import Path

import pytest

from tasks import survey
from tasks.pages import dataset
from tasks.pages.dataset import Survey
from tasks.surveying import journey
from tests.exports import collection
from tests.pages.test_report import read


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return collection.write(tmp_path_factory.mktemp("dataset") / "data")


@pytest.fixture(scope="module")
def found(data: Path) -> Survey:
    return survey.look(data, journey.journeys(data), None, "2026-12-15")


@pytest.fixture(scope="module")
def page(found: Survey, data: Path) -> str:
    return dataset.render(found, survey.thumbnails(found.wanted(), data))


def test_every_tag_is_closed_in_order(page: str) -> None:
    assert read(page).stack == []


def test_nothing_is_loaded_from_anywhere(page: str) -> None:
    for tag, attributes in read(page).tags:
        for name in ("src", "href", "action", "srcset"):
            address = attributes.get(name) or "#"
            assert address.startswith(("#", "data:")), f"<{tag} {name}={address[:60]}>"
    assert "url(" not in page
    assert "@import" not in page


def test_every_link_leads_to_a_section_and_every_picture_has_a_name(page: str) -> None:
    tags = read(page).tags
    ids = {attributes["id"] for _, attributes in tags if "id" in attributes}
    links = {(attributes["href"] or "")[1:] for tag, attributes in tags if tag == "a"}
    assert links <= ids
    assert all(attributes["alt"] for tag, attributes in tags if tag == "img")
    assert all(attributes["aria-label"] for tag, attributes in tags if tag == "svg")


def test_the_headline_counts_what_is_of_use(found: Survey) -> None:
    assert dataset.headline(dataset.figures(found)) == (
        "9 photos of 3 people and 6 drawings make 12 pairs to train on."
    )


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ({"photos": 1, "drawings": 0, "people": 1, "pairs": 1}, "1 photo of 1 person and 0 drawings make 1 pair"),
        ({"photos": 2000, "drawings": 1, "people": 0, "pairs": 0}, "2,000 photos and 1 drawing are of use."),
    ],
)
def test_the_headline_heeds_one_and_many(numbers: dict[str, int], words: str) -> None:
    assert dataset.headline(numbers).startswith(words)


def test_the_sheet_shows_as_many_people_as_there_are(found: Survey) -> None:
    first = dataset.sheet(found.pairs)[:3]
    assert {row["person"] for row in first} == set(collection.PEOPLE)
    assert {row["method"] for row in first} == {"manual"}


def test_the_page_shows_every_picture_that_it_wants(found: Survey, data: Path) -> None:
    missing = found.wanted() - set(survey.thumbnails(found.wanted(), data))
    assert missing == {"ingest/bad"}, "the one that could not be decoded"
