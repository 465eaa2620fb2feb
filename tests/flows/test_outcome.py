import json
from pathlib import Path

import pytest

from flows import outcome

METRICS = {"base": {"identity": 0.7, "people": {"count": 3}}, "tuned": {"identity": 0.75, "encoder": "dlib"}}


def test_the_funnel_names_the_reasons_that_took_the_most(tmp_path: Path) -> None:
    reasons = {"blurred": 4, "dark": 9, "bright": 4, "flat": 1, "no_face": 2}
    (tmp_path / "quality.json").write_text(json.dumps({"in": 40, "kept": 20, "reasons": reasons}))
    (tmp_path / "finetune.json").write_text(json.dumps({"steps": 100}))
    rows = outcome.funnel(["ingest", "quality", "finetune"], tmp_path)
    assert rows == [
        {"stage": "quality", "in": "40", "kept": "20", "reasons": "dark 9, blurred 4, bright 4, others 3"},
        {"stage": "finetune", "in": "", "kept": "", "reasons": ""},
    ]


@pytest.mark.parametrize(
    ("last", "before", "change"),
    [({}, "", ""), ({"tuned": {"identity": 0.7}}, "0.7", "+0.05"), ({"tuned": {"identity": 0.75}}, "0.75", "same")],
)
def test_the_scores_stand_beside_those_of_the_last_run(last: dict[str, object], before: str, change: str) -> None:
    rows = outcome.scores(METRICS, last)
    assert rows[0] == {
        "score": "identity",
        "base": "0.7",
        "tuned": "0.75",
        "tuned, last run": before,
        "change": change,
    }
    assert [row["score"] for row in rows] == ["identity", "people.count"]


def test_a_table_aligns_words_left_and_numbers_right() -> None:
    rows = [{"stage": "a", "in": "5"}, {"stage": "bbbbbb", "in": "12"}]
    assert outcome.table(rows) == "stage   in\na        5\nbbbbbb  12"
    assert outcome.table([]) == ""


def test_the_last_scores_are_those_before_evaluate_made_new_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    outcome.remember_metrics(tmp_path)
    assert outcome.last_metrics(tmp_path) == {}
    outcome.METRICS.parent.mkdir()
    outcome.METRICS.write_text(json.dumps(METRICS))
    outcome.remember_metrics(tmp_path)
    outcome.METRICS.write_text("{}")
    assert outcome.last_metrics(tmp_path) == METRICS


def test_without_a_report_the_summary_says_what_makes_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert outcome.summary(["ingest"], tmp_path) == "report: none yet; `selfie2anime run` makes it"
    outcome.PAGE.parent.mkdir()
    outcome.PAGE.touch()
    assert outcome.summary(["ingest"], tmp_path) == "report: reports/index.html"


@pytest.mark.parametrize(
    ("findings", "told"),
    [
        ([], "gate: PASS"),
        (
            [{"slice": "", "than": "", "value": 0.71, "outcome": "fail"}],
            "gate: FAIL\n  identity: 0.71, must be at least 0.8",
        ),
        (
            [{"slice": "age=7", "than": "", "value": None, "outcome": "unmeasured"}],
            "gate: FAIL\n  identity age=7: not measured, must be at least 0.8",
        ),
        (
            [{"slice": "", "than": "release", "value": -0.1, "outcome": "fail"}],
            "gate: FAIL\n  identity less release's: -0.1, must be at least 0.8",
        ),
        ([{"slice": "", "than": "", "value": 0.1, "outcome": "few"}], "gate: PASS"),
    ],
)
def test_the_gate_tells_what_it_stops_for(findings: list[dict[str, object]], told: str) -> None:
    lines = [line | {"score": "identity", "limit": "at least 0.8"} for line in findings]
    verdict = "fail" if "FAIL" in told else "pass"
    assert outcome.gate({"verdict": verdict, "few": False, "findings": lines}) == told
    assert outcome.gate({}) == ""


def test_a_gate_that_rests_on_few_faces_says_so() -> None:
    said = {"verdict": "pass", "few": True, "faces": 10, "people": 2, "findings": []}
    assert outcome.gate(said) == "gate: PASS, on 10 faces of 2 people only"
