import json
from pathlib import Path
from typing import Any

import pytest

from tasks.core import manifest
from tasks.core.image import encode_png
from tasks.pages import funnel
from tasks.surveying.reasons import SHOWN
from tests.pages.comparison import picture
from tests.test_pipeline import ORDER


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
    assert (dark.words, dark.count, len(dark.rejects)) == ("too dark", 8, SHOWN)
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


def test_every_stage_that_reports_pictures_has_a_place_in_the_funnel() -> None:
    assert list(funnel.STAGES) == ORDER
