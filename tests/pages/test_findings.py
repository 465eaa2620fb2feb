import pytest

from tasks.judging.gate import Finding, Gate, Outcome
from tasks.pages import findings


def finding(outcome: Outcome = "pass", close: bool = False, **more: object) -> Finding:
    plain = {"score": "identity", "limit": "at least 0.8", "slice": "", "than": "", "value": 0.81, "low": 0.8,
             "high": 0.82, "n": 40, "people": 12}  # fmt: skip
    return Finding(**plain | more, outcome=outcome, close=close)  # type: ignore[arg-type]


def test_what_fails_is_on_top_and_what_was_not_decided_at_the_end() -> None:
    outcomes: list[Outcome] = ["absent", "few", "pass", "unmeasured", "fail"]
    gate = Gate((*map(finding, outcomes), finding("pass", True), finding("fail", True)), 40, 40)
    found = [(line.finding.outcome, line.finding.close) for line in findings.lines(gate)]
    assert found == [
        ("fail", False), ("fail", True), ("unmeasured", False), ("pass", True), ("pass", False), ("few", False),
        ("absent", False),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "limit", "value", "whom"),
    [
        ({}, "at least 0.8", "0.810", "all faces"),
        ({"slice": "glasses=sunglasses"}, "at least 0.8", "0.810", "glasses: sunglasses"),
        ({"score": "deformed", "limit": "at most 0.03", "value": 0.05}, "at most 3 %", "5 %", "all faces"),
        ({"score": "kept", "limit": "at least -0.02", "value": -0.01, "than": "release"},
         "at least −2 pp", "−1 pp", "change against the last release"),
        ({"score": "kept", "limit": "at least 0.97", "value": 0.9667}, "at least 97 %", "96.7 %", "all faces"),
        ({"score": "kept", "limit": "at least 0.97", "value": 0.97}, "at least 97 %", "97 %", "all faces"),
        ({"score": "kept", "limit": "from 0.9 to 0.955", "value": 0.94}, "from 90 % to 95.5 %", "94 %", "all faces"),
    ],
)  # fmt: skip
def test_a_finding_is_written_in_the_unit_of_its_score(
    given: dict[str, object], limit: str, value: str, whom: str
) -> None:
    (line,) = findings.lines(Gate((finding(**given),), 40, 40))  # type: ignore[arg-type]
    assert [text.replace("\N{NO-BREAK SPACE}", " ") for text in (line.limit, line.value, line.whom)] == [
        limit, value, whom,
    ]  # fmt: skip


@pytest.mark.parametrize("outcome", ["few", "unmeasured", "absent"])
def test_what_was_not_measured_says_why(outcome: Outcome) -> None:
    (line,) = findings.lines(Gate((finding(outcome),), 40, 40))
    assert line.why


def test_the_sentence_names_the_limits_that_are_not_met() -> None:
    gate = Gate((finding("fail", value=0.7), finding(), finding("few"), finding("unmeasured", score="niqe")), 40, 40)
    assert findings.sentence(gate).startswith("2 of 3 limits not met: Identity (all faces) 0.700, at least 0.8; ")


def test_the_sentence_of_a_gate_that_is_passed_says_how_many_limits_decided() -> None:
    assert findings.sentence(Gate((finding(), finding("few")), 40, 40)) == (
        "1 of 2 limits could be decided, and all of them are met."
    )


def test_without_limits_nothing_is_claimed() -> None:
    assert "sets no limit" in findings.sentence(Gate((), 40, 40))
