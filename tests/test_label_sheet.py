import csv
from pathlib import Path
from typing import Any

import pytest

from tasks import label, label_sheet
from tasks.core import manifest
from tasks.core.errors import UserError
from tasks.label_sheet import Choice, apply, doubts, sheet
from tests.labelling.faces import aligned, say, shard

SCORES = {"glasses": (0.9, 0.6, 0.7), "hair": (0.5, 0.8, 0.0)}


@pytest.fixture
def labelled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two photos and a drawing with their labels; the hair of the drawing is unknown."""
    monkeypatch.chdir(tmp_path)
    faces = [aligned(1), aligned(2), aligned(3, "anime")]
    shard(tmp_path, "first", faces)
    manifest.write_rows([row(face, number) for number, face in enumerate(faces)], label.OUT, manifest.LABEL)
    return tmp_path


def row(face: dict[str, Any], number: int) -> dict[str, Any]:
    empty: dict[str, Any] = dict.fromkeys(manifest.LABEL.names)
    unknown = dict.fromkeys(manifest.ATTRIBUTES, "unknown") | {
        f"{name}_{end}": value for name in manifest.ATTRIBUTES for end, value in (("score", 0.0), ("origin", ""))
    }
    told = {"glasses": "none", "glasses_score": SCORES["glasses"][number], "glasses_origin": "rule"}
    if number < 2:
        told |= {"hair": "black", "hair_score": SCORES["hair"][number], "hair_origin": "rule"}
    return empty | unknown | {"face_id": face["face_id"], "role": face["role"]} | told


def shown(choice: Choice) -> list[tuple[str, str]]:
    rows = manifest.read(label.OUT, manifest.LABEL).to_pylist()
    return [(doubt.attribute, doubt.image[-3:]) for doubt in doubts(rows, choice)]


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (Choice(), [("glasses", "2-0"), ("hair", "1-0"), ("glasses", "3-0"), ("hair", "2-0"), ("glasses", "1-0")]),
        (Choice(count=2), [("glasses", "2-0"), ("hair", "1-0")]),
        (Choice(attribute="hair"), [("hair", "3-0"), ("hair", "1-0"), ("hair", "2-0")]),
        (Choice(role="anime"), [("glasses", "3-0")]),
    ],
)
@pytest.mark.usefixtures("labelled")
def test_the_least_certain_labels_come_first(choice: Choice, expected: list[tuple[str, str]]) -> None:
    assert shown(choice) == expected


@pytest.mark.usefixtures("labelled")
def test_what_a_person_said_is_not_asked_again() -> None:
    rows = manifest.read(label.OUT, manifest.LABEL).to_pylist()
    rows[1]["glasses_origin"] = "person"
    assert ("glasses", "2-0") not in [(d.attribute, d.image[-3:]) for d in doubts(rows, Choice())]


@pytest.mark.usefixtures("labelled")
def test_the_page_holds_its_pictures_and_asks_for_nothing_from_outside() -> None:
    page, count = sheet(Choice())
    text = page.read_text()
    assert count == 5
    assert text.count('src="data:image/webp;base64,') == 3
    assert "http" not in text
    assert "<option selected>none</option>" in text


def test_labels_of_faces_that_are_gone_ask_for_new_labels(labelled: Path) -> None:
    shard(labelled, "first", [aligned(1), aligned(2)])
    with pytest.raises(UserError, match=r"names 1 faces that data/align lacks; `dvc repro label`"):
        sheet(Choice())


def test_an_edited_sheet_goes_into_the_corrections_changed_lines_alone(labelled: Path) -> None:
    say(labelled, "p1.png,age,30", f"{2:016x}-0,glasses,sunglasses")
    sheet(Choice())
    lines = list(csv.DictReader(label_sheet.TABLE.read_text().splitlines()))
    edited = label_sheet.TABLE.with_name("edited.csv")
    with edited.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(lines[0]))
        writer.writeheader()
        writer.writerows(
            line | ({"value": "glasses"} if line["image"] == f"{2:016x}-0" and line["attribute"] == "glasses" else {})
            for line in lines
        )
    assert apply(edited) == 1
    said = label.CORRECTIONS.read_text().splitlines()
    assert said == ["image,attribute,value", "p1.png,age,30", f"{2:016x}-0,glasses,glasses"]
    assert apply(edited) == 0


def test_what_else_people_wrote_beside_their_corrections_stays(labelled: Path) -> None:
    say(labelled, "p1.png,age,30")
    said = label.CORRECTIONS
    said.write_text(f"image,note,attribute,value\np1.png,told by her,age,30\n{2:016x}-0,,glasses,sunglasses\n")
    edited = labelled / "edited.csv"
    edited.write_text(f"image,attribute,value\n{2:016x}-0,glasses,glasses\n{1:016x}-0,hair,red\n")
    assert apply(edited) == 2
    lines = ["p1.png,age,30,told by her", f"{2:016x}-0,glasses,glasses,", f"{1:016x}-0,hair,red,"]
    assert said.read_text().splitlines() == ["image,attribute,value,note", *lines]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (f"{1:016x}-0,hair,blnde", "hair 'blnde' is unknown; did you mean blonde"),
        (f"{8:016x}-0,hair,blonde", "1 lines are about no face"),
        ("p1.jpg,hair,blonde", "'p1.jpg' is in no batch; did you mean p1.png"),
    ],
)
def test_a_bad_line_changes_nothing(labelled: Path, line: str, fault: str) -> None:
    before = say(labelled, "p1.png,age,30").read_bytes()
    edited = labelled / "edited.csv"
    edited.write_text(f"image,attribute,value\n{1:016x}-0,hair,red\n{line}\n")
    with pytest.raises(UserError, match=fault):
        apply(edited)
    assert label.CORRECTIONS.read_bytes() == before


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"attribute": "hairs"}, "did you mean hair"),
        ({"role": "fotos"}, "--role is 'fotos'"),
        ({"count": 0}, "--count is 0; use 1 to 2000"),
    ],
)
def test_an_option_that_means_nothing_is_an_error(options: dict[str, Any], fault: str) -> None:
    with pytest.raises(UserError, match=fault):
        Choice(**options)
