from typing import Any

import pytest
import yaml

from tasks.exports import card, gaps
from tasks.exports.card import About
from tasks.exports.selection import Row, Rules, Selection, faces_of, pairs, single
from tests.exports import collection

ABOUT = About("folders", "selfie2anime export", "1.0", "gender", 128, {"align": {"size": 128}}, {"data/align": "ab"})


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Row]:
    return faces_of(collection.write(tmp_path_factory.mktemp("card")))


@pytest.fixture(scope="module")
def chosen(faces: dict[str, Row]) -> Selection:
    return pairs(faces, collection.pair(), Rules())


def test_the_front_matter_is_yaml_with_licences_and_files_of_each_split(
    chosen: Selection, faces: dict[str, Row]
) -> None:
    front = yaml.safe_load(card.render(chosen, faces, ABOUT).split("---")[1])
    assert front["license"] == ["cc-by-4.0", "cc0-1.0"]
    assert front["configs"][0]["data_files"][0] == {"split": "train", "path": "train/**"}
    assert front["size_categories"] == ["n<1K"]


@pytest.mark.parametrize(
    "line",
    [
        "12 pairs of an aligned face from a photo and a drawing in anime style.",
        "| train | 4 | 1 | 3 | 4 |",
        "No person is in two splits.",
        "| CC0-1.0 | 0 | 3 | free to share |",
        "9 of 9 photos have a record of consent",
        "The first consent ends on 2027-03-01; 3 photos have one that ends.",
        "| gender | male 6, female 3 | unknown |",
        "Fewer than 5 people: train 1, val 1, test 1.",
        "Groups of gender with fewer than 10 photos: female (3), male (6).",
        "9 of 12 drawings were made by a program, not by an artist.",
        "Pairs: 3 put together by hand, 9 drawn by cel.",
    ],
)
def test_the_card_says(line: str, chosen: Selection, faces: dict[str, Row]) -> None:
    assert line in card.render(chosen, faces, ABOUT)


def test_a_person_on_two_sides_is_not_hidden() -> None:
    shown: list[dict[str, Any]] = [{"split": split, "person": "one"} for split in ("train", "test")]
    assert gaps.apart(shown) == "**People in more than one split: 1.**"


def test_classes_that_a_split_lacks_are_a_gap(faces: dict[str, Row]) -> None:
    selection = single(faces, collection.pair(), Rules())
    assert gaps.class_gaps(selection, "gender") == [
        "ImageFolder will number the classes of the splits differently: "
        "train lacks male; val lacks female; test lacks female."
    ]


def test_a_photo_whose_person_no_pair_tells_stays_at_home(faces: dict[str, Row]) -> None:
    rows = [row for row in collection.pair() if row["person"] != "sixth"]
    assert single(faces, rows, Rules()).left_out == {"no_split": 3}


def test_an_age_is_counted_by_its_band(faces: dict[str, Row]) -> None:
    shown = [faces["p-hopper-0-0"] | {"age": age} for age in ("17", "31", "44", "about thirty")]
    assert card.distribution(shown, "photo", "age") == "30 to 49 2, under 18 1, unknown 1"
