import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tasks.core import manifest
from tasks.core.image import encode_png
from tasks.pages import changes, funnel, journey
from tests.pages.comparison import picture
from tests.test_pipeline import ORDER, ROOT

GIVERS = {"File": 2, "Refusal": 0, "RefusedError": 0, "Rule": 0, "Entry": 6, "ends": 3}  # take a reason there


def ingest_row(name: str, reason: str | None, image: bytes | None) -> dict[str, Any]:
    empty = dict.fromkeys(manifest.INGEST.names)
    stored = {"bytes": image, "path": None} if image is not None else None
    return empty | {"id": name, "role": "photo", "reason": reason, "detail": "a detail", "image": stored}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Three kept photos, one that cannot be decoded and, after quality, eight dark ones."""
    rows = [ingest_row("bad", "unreadable", b"no image"), ingest_row("gone", "empty", None)]
    rows += [ingest_row(f"dark{i}", None, encode_png(picture(i))) for i in range(8)]
    manifest.write_rows(rows, tmp_path / "ingest" / "batch-0000.parquet", manifest.INGEST)
    quality = [
        dict.fromkeys(manifest.QUALITY.names) | {"id": f"dark{i}", "reason": "dark", "value": 30.0 + i, "limit": 45.0}
        for i in range(8)
    ]
    manifest.write_rows(quality, tmp_path / "quality.parquet", manifest.QUALITY)
    return tmp_path


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    folder = tmp_path / "reports"
    folder.mkdir()
    (folder / "ingest.json").write_text(json.dumps({"in": 10, "kept": 8, "reasons": {"unreadable": 1, "empty": 1}}))
    (folder / "quality.json").write_text(json.dumps({"in": 8, "kept": 0, "reasons": {"dark": 8, "flat": 0}}))
    return folder


def test_stages_that_reported_come_in_the_order_of_the_pipeline(data: Path, reports: Path) -> None:
    steps = funnel.funnel(reports, data)
    assert [(step.stage, step.taken, step.kept) for step in steps] == [("ingest", 10, 8), ("quality", 8, 0)]


def test_a_reason_shows_a_few_of_its_pictures_with_what_was_measured(data: Path, reports: Path) -> None:
    (dark,) = funnel.funnel(reports, data)[1].reasons
    assert (dark.words, dark.count, len(dark.rejects)) == ("too dark", 8, funnel.SHOWN)
    assert dark.rejects[0].picture.startswith("data:image/webp")
    assert dark.rejects[0].note == "30 < 45"


def test_a_picture_that_cannot_be_decoded_is_a_reject_without_a_picture(data: Path, reports: Path) -> None:
    ingest = funnel.funnel(reports, data)[0]
    shown = {reason.name: reason.rejects for reason in ingest.reasons}
    assert [(reject.picture, reject.note) for reject in shown["unreadable"]] == [("", "a detail")]
    assert [reject.picture for reject in shown["empty"]] == [""]


def test_a_reason_that_nobody_has_words_for_is_shown_by_its_name() -> None:
    step = funnel.step("quality", {"in": 2, "kept": 1, "reasons": {"too_green": 1}}, {})
    assert [reason.words for reason in step.reasons] == ["too green"]
    assert step.unit == "pictures"


def texts(node: ast.AST) -> set[str]:
    """The reasons that an expression spells out."""
    found = (one.value for one in ast.walk(node) if isinstance(one, ast.Constant))
    return {one for one in found if isinstance(one, str) and re.fullmatch("[a-z]+(_[a-z]+)*", one)}


def given(node: ast.AST) -> set[str]:
    """The reasons that a piece of code gives, by the ways in which the stages write them."""
    if isinstance(node, ast.Call):
        place = GIVERS.get(getattr(node.func, "id", ""), len(node.args))
        named = [keyword.value for keyword in node.keywords if keyword.arg == "reason"]
        return set[str]().union(*map(texts, [*node.args[place : place + 1], *named]))
    if isinstance(node, ast.Dict):
        cells = zip(node.keys, node.values, strict=True)
        return set[str]().union(*[texts(value) for key, value in cells if getattr(key, "value", "") == "reason"])
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
        return texts(node.value) if "reason" in texts(node.targets[0].slice) else set()
    if isinstance(node, ast.FunctionDef) and node.name in ("fault", "_fault"):
        ends = [one.value for one in ast.walk(node) if isinstance(one, ast.Return)]
        return set[str]().union(*[texts(end.elts[0]) for end in ends if isinstance(end, ast.Tuple)])
    return set()


def reasons(*places: str) -> set[str]:
    """Every reason that the code of these places gives."""
    code = [ast.parse(file.read_text()) for place in places for file in ROOT.glob(place)]
    return set[str]().union(*[given(node) for tree in code for node in ast.walk(tree)])


def test_every_reason_that_the_code_gives_has_its_words_and_no_other() -> None:
    aside = {reason for _, reason in journey.PAIRED if reason} | {"between_splits", "held_out"}  # keys of a report
    unfit = {"lost_face", "deformed", "other_person"}  # of Result.reasons
    assert reasons("tasks/**/*.py") | aside | unfit == set(funnel.WORDS)


def test_what_the_policy_refuses_is_never_shown() -> None:
    assert reasons("tasks/sources/policy.py") == set(journey.PRIVATE)


def test_what_its_source_refuses_has_no_bytes_to_be_told_by() -> None:
    assert set(changes.UNSEEN) == set(journey.PRIVATE) | reasons("tasks/sources/fetching.py", "tasks/sources/batch.py")


def test_every_stage_that_reports_pictures_has_a_place_in_the_funnel() -> None:
    assert list(funnel.STAGES) == ORDER


@pytest.mark.parametrize(
    ("row", "note"),
    [
        ({"value": 53.97, "limit": 40.0}, "54 > 40"),
        ({"value": None, "limit": None, "duplicate_of": "fb9434b7aaaa"}, "like fb9434b7"),
        ({"detail": "0 bytes"}, "0 bytes"),
        ({}, ""),
    ],
)
def test_the_note_of_a_reject_is_the_measure_or_the_detail(row: dict[str, Any], note: str) -> None:
    assert funnel.note(row) == note
