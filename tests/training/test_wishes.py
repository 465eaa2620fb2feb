from pathlib import Path

import pytest

from tasks.core.errors import UserError
from tasks.faces.hair import COLOURS
from tasks.training.wishes import asked, labels_of, vocabulary_of
from tests.training.collection import build


def test_the_vocabulary_holds_what_there_is_in_one_order() -> None:
    found = vocabulary_of(("hair", "age", "style"), ["30 to 49", "18 to 29", "unknown", "18 to 29"], ["cel", "", "b"])
    assert found.words == (("hair", COLOURS), ("age", ("18 to 29", "30 to 49")), ("style", ("b", "cel")))
    assert vocabulary_of((), ["18 to 29"], ["cel"]).size == 0


def test_only_words_of_the_vocabulary_are_asked_for() -> None:
    known = vocabulary_of(("hair", "style"), [], ["cel"])
    said = {"hair": "unknown", "style": "cel", "age": "18 to 29"}
    assert asked(known, said) == {"style": "cel"}
    assert asked(known, {"hair": "red"}) == {"hair": "red"}


def test_labels_are_read_with_ages_as_bands(tmp_path: Path) -> None:
    build(tmp_path, drawings=1)
    labels = labels_of(tmp_path / "data/label.parquet")
    assert labels[f"{1:016x}-0"] == {"hair": "brown", "age": "30 to 49", "style": "unknown"}
    assert labels[f"a{0:015x}-0"] == {"hair": "black", "age": "unknown", "style": "cel"}


def test_without_labels_the_remedy_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"label\.parquet is missing; `dvc repro` makes it"):
        labels_of(tmp_path / "label.parquet")
