import unicodedata
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tasks.core.errors import UserError
from tasks.sources import pseudonym, record, table
from tasks.sources.record import Records
from tasks.sources.source import Source

SOURCE = Source("folder", "mine", licence="CC0-1.0", author="Eve", consent="7")
KEY = "correct horse battery staple"


def records(text: str, folder: str = "") -> Records:
    return record.of_table("records.csv", table.read("records.csv", BytesIO(text.encode())), SOURCE, folder=folder)


def test_a_row_wins_and_what_it_leaves_open_is_the_sources_own() -> None:
    found = records("name,licence,author\na.jpg,CC-BY-4.0,\n")
    told = found.of("a.jpg")
    assert (told.licence, told.author, told.consent) == ("CC-BY-4.0", "Eve", "7")
    assert found.of("b.jpg") == record.default(SOURCE)


def test_columns_may_be_called_as_people_call_them() -> None:
    told = records("File, License, source_url, consent_id\na.jpg, CC0-1.0, https://x.org/a, 12\n").of("a.jpg")
    assert (told.licence, told.url, told.consent) == ("CC0-1.0", "https://x.org/a", "12")


def test_a_table_inside_a_folder_may_leave_the_folder_out() -> None:
    found = records("name,author\na.jpg,Ada\n", folder="top/")
    assert found.of("top/a.jpg").author == "Ada"
    assert found.strangers({"top/a.jpg": 0}) == []


def test_rows_that_name_no_file_are_told() -> None:
    assert records("name\na.jpg\nb.jpg\n").strangers({"a.jpg": 0}) == ["b.jpg"]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_name_is_the_same_in_every_form_of_unicode(form: Literal["NFC", "NFD"]) -> None:
    typed = unicodedata.normalize(form, "Zoë/ä.jpg")
    packed = unicodedata.normalize("NFD" if form == "NFC" else "NFC", "top/Zoë/ä.jpg")
    found = records(f"name,expires\n{typed},2026-01-01\n", folder="top/")
    assert found.of(packed).expires == "2026-01-01"
    assert found.strangers({packed: 0}) == []


def test_a_person_is_the_same_in_every_form_of_unicode() -> None:
    forms = {pseudonym.pseudonym(unicodedata.normalize(form, "Zoë"), b"key") for form in ("NFC", "NFD")}
    assert len(forms) == 1


@pytest.mark.parametrize(
    ("row", "file", "meant"),
    [
        ("ada\\1.jpg", "ada/1.jpg", True),
        ("Ada/1.JPG", "ada/1.jpg", True),
        ("ada/1.jpeg", "ada/1.jpg", True),
        ("./ada/1", "ada/1.jpg", True),
        ("1.jpg", "top/1.JPG", True),
        ("ada/2.jpg", "ada/1.jpg", False),
        ("scan.01", "scan.02", False),
    ],
)
def test_a_row_that_is_meant_for_a_file_is_told_from_one_of_a_file_that_went(row: str, file: str, meant: bool) -> None:
    found = records(f"name,expires\n{row},2026-01-01\n", folder="top/")
    assert found.mistaken({file: 0}) == ((row, file) if meant else None)


def test_a_row_of_a_file_that_went_is_no_mistake_beside_one_of_its_own() -> None:
    assert records("name\na.jpg\na.png\n").mistaken({"a.png": 0}) is None


def test_a_parquet_table_with_dates_says_the_same_as_a_csv(tmp_path: Path) -> None:
    pq.write_table(pa.table({"name": ["a.jpg"], "expires": [date(2027, 1, 2)]}), tmp_path / "records.parquet")
    with (tmp_path / "records.parquet").open("rb") as file:
        found = record.of_table("records.parquet", table.read("records.parquet", file), SOURCE)
    assert found.of("a.jpg") == records("name,expires\na.jpg,2027-01-02\n").of("a.jpg")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name,licens\na.jpg,x\n", r"records.csv: the column licens is unknown; did you mean licence\?"),
        ("licence\nx\n", "the column name is missing"),
        ("name,expires\na.jpg,31.12.2026\n", "expires is '31.12.2026'; write the day as YYYY-MM-DD"),
        ("name,given\na.jpg,2026-02-30\n", "given is '2026-02-30'; write the day"),
        ("name,role\na.jpg,phot\n", r"role is 'phot'; did you mean photo\?"),
        ("name\na.jpg\na.jpg\n", "'a.jpg' has two rows; leave one"),
        ("name,licence,license\na.jpg,x,y\n", "two columns are called licence"),
        ("", "is no readable table"),
    ],
)
def test_a_mistake_in_the_records_is_named(text: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        records(text)


def test_a_day_of_the_source_that_is_none_is_named() -> None:
    with pytest.raises(UserError, match="expires is 'never'; write the day as YYYY-MM-DD"):
        record.default(Source("folder", "mine", expires="never"))


def test_a_subject_is_the_same_pseudonym_for_the_same_secret_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "name,subject\na.jpg,Ada Lovelace\nb.jpg, Ada Lovelace\nc.jpg,Alan Turing\nd.jpg,\n"
    monkeypatch.setenv(pseudonym.VARIABLE, KEY)
    first = [records(text).of(f"{letter}.jpg").subject for letter in "abcd"]
    monkeypatch.setenv(pseudonym.VARIABLE, KEY[::-1])
    second = [records(text).of(f"{letter}.jpg").subject for letter in "abcd"]
    assert first[0] == first[1] != first[2]
    assert first[3] == second[3] == ""
    assert not set(first[:3]) & set(second[:3])
    assert "Ada" not in "".join(first)


@pytest.mark.parametrize(
    ("value", "said"), [("", "SELFIE2ANIME_SECRET is not set; export"), ("short", "has 5 characters, fewer than 16")]
)
def test_subjects_without_a_good_secret_are_an_error(monkeypatch: pytest.MonkeyPatch, value: str, said: str) -> None:
    monkeypatch.setenv(pseudonym.VARIABLE, value)
    with pytest.raises(UserError, match=said):
        records("name,subject\na.jpg,Ada\n")


def test_records_without_subjects_need_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(pseudonym.VARIABLE, raising=False)
    assert records("name,subject,author\na.jpg,,Ada\n").of("a.jpg").subject == ""


def test_a_blank_leaves_a_cell_open_and_blanks_round_a_word_are_none_of_it() -> None:
    found = records('name,consent,licence,expires\na.jpg," ",CC-BY-4.0 , 2026-01-01 \n').of("a.jpg")
    assert (found.consent, found.licence, found.expires) == (
        records("name\n").default.consent,
        "CC-BY-4.0",
        "2026-01-01",
    )


@pytest.mark.parametrize("rows", ["a.jpg,c-1,\n", "a.jpg,c-1,\nb.jpg,c-2,\n", "a.jpg,c-1\nb.jpg,c-2,2026-01-01\n"])
def test_a_cell_too_many_is_an_error_and_moves_no_column(rows: str) -> None:
    with pytest.raises(UserError, match=r"records\.csv"):
        records(f"name,consent\n{rows}")
