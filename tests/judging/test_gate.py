import json

import numpy as np
import pytest

from tasks.core.errors import UserError
from tasks.judging.gate import Finding, Gate, Limit, gate
from tasks.judging.slices import Slice
from tasks.scores.interval import Interval

NAN = float("nan")
PEOPLE = [f"person {i}" for i in range(40)]


def mean(value: float, reach: float = 0.01, n: int = 40) -> Interval:
    return Interval(value, value - reach, value + reach, n, n)


def part(value: str, identity: float, faces: int) -> Slice:
    rows = np.arange(faces)
    return Slice("glasses", value, rows, faces, {"tuned": {"identity": mean(identity, n=faces)}})


def held(limit: Limit, summary: dict[str, Interval]) -> list[Finding]:
    slices = [part("none", 0.9, 100), part("glasses", 0.7, 60), part("sunglasses", 0.2, 4)]
    changes = {"base": {"identity": mean(0.05), "kept": mean(-0.02)}}
    return list(gate([limit], summary, changes, slices, "tuned", PEOPLE).findings)


@pytest.mark.parametrize(
    ("limit", "value", "outcome", "close"),
    [
        (Limit("identity", min=0.8), mean(0.85), "pass", False),
        (Limit("identity", min=0.8), mean(0.805), "pass", True),
        (Limit("identity", min=0.8), mean(0.795), "fail", True),
        (Limit("identity", min=0.8), mean(0.7), "fail", False),
        (Limit("deformed", max=0.03), mean(0.03), "pass", True),
        (Limit("deformed", max=0.03), mean(0.05), "fail", False),
        (Limit("style", min=1.0, max=2.0), mean(2.5), "fail", False),
        (Limit("identity", min=0.8), Interval(NAN, NAN, NAN, 0, 0), "unmeasured", False),
        (Limit("identity", min=0.8), Interval(0.9, NAN, NAN, 2, 1), "pass", False),
    ],
)
def test_a_mean_is_held_against_its_limit(limit: Limit, value: Interval, outcome: str, close: bool) -> None:
    found = held(limit, {limit.score: value})[0]
    assert (found.outcome, found.close) == (outcome, close)


def test_a_score_that_nobody_measured_does_not_pass() -> None:
    assert held(Limit("lpips", max=0.2), {})[0].outcome == "unmeasured"


@pytest.mark.parametrize(
    ("named", "outcomes"),
    [
        ("glasses=glasses", {"glasses=glasses": "fail"}),
        ("glasses", {"glasses=none": "pass", "glasses=glasses": "fail", "glasses=sunglasses": "few"}),
        ("*", {"glasses=none": "pass", "glasses=glasses": "fail", "glasses=sunglasses": "few"}),
        ("gender", {"gender": "absent"}),
        ("gender=male", {"gender=male": "absent"}),
    ],
)
def test_a_limit_may_be_about_a_slice_each_of_a_trait_or_all_of_them(named: str, outcomes: dict[str, str]) -> None:
    assert {found.slice: found.outcome for found in held(Limit("identity", min=0.8, slice=named), {})} == outcomes


@pytest.mark.parametrize(
    ("limit", "outcome"),
    [
        (Limit("identity", min=0.0, than="base"), "pass"),
        (Limit("kept", min=-0.01, than="base"), "fail"),
        (Limit("identity", min=0.0, than="release"), "absent"),
    ],
)
def test_a_limit_may_be_about_the_difference_to_another_model(limit: Limit, outcome: str) -> None:
    assert held(limit, {})[0].outcome == outcome


def of(*findings: Finding, people: list[str] = PEOPLE) -> Gate:
    return Gate(findings, len(people), len(set(people)))


def test_too_few_and_absent_do_not_stop_a_release_but_a_failure_and_a_gap_do() -> None:
    few = held(Limit("identity", min=0.8, slice="glasses=sunglasses"), {})
    absent = held(Limit("nme", max=1, slice="gender"), {})
    assert of(*few, *absent).verdict == "pass"
    assert of(*few, *held(Limit("lpips", max=0.2), {})).verdict == "fail"
    assert of(*few, *held(Limit("identity", min=0.8), {"identity": mean(0.7)})).verdict == "fail"


def test_a_gate_without_limits_is_none_and_one_on_few_people_says_so() -> None:
    assert of().verdict == "none"
    assert not of().few
    assert of(people=["a", "b"] * 20).few


def test_a_slice_is_small_by_the_faces_that_could_be_measured() -> None:
    rows = np.arange(40)
    measured = {"tuned": {"kept": Interval(1.0, NAN, NAN, 2, 2)}}
    part = Slice("glasses", "none", rows, 40, measured)
    found = gate([Limit("kept", min=0.9, slice="glasses")], {}, {}, [part], "tuned", PEOPLE)
    assert [finding.outcome for finding in found.findings] == ["few"]


def test_without_an_interval_nothing_is_close() -> None:
    for value in (0.5, 0.99):
        assert not held(Limit("identity", min=0.8), {"identity": Interval(value, NAN, NAN, 3, 2)})[0].close


def test_what_is_written_is_plain_json() -> None:
    found = of(*held(Limit("lpips", max=0.2), {}), *held(Limit("identity", min=0.8), {"identity": mean(0.85)}))
    text = json.loads(json.dumps(found.as_json(), allow_nan=False))
    assert text["verdict"] == "fail"
    assert text["findings"][0] | {"value": None, "outcome": "unmeasured"} == text["findings"][0]
    assert text["findings"][1]["value"] == 0.85


@pytest.mark.parametrize(
    ("limit", "fault"),
    [
        ({"score": "identiti", "min": 0.1}, "did you mean identity"),
        ({"score": "identity"}, "has no limit; give min, max or both"),
        ({"score": "identity", "min": 0, "than": "last"}, "use base or release"),
        ({"score": "identity", "min": 0, "than": "base", "slice": "*"}, "write two lines"),
        ({"score": "identity", "min": 0.9, "max": 0.1}, "nothing is both"),
        ({"score": "identity", "min": 0, "slice": "glases"}, "did you mean glasses"),
        ({"score": "identity", "min": 0, "slice": "glasses=sunglases"}, "did you mean glasses=sunglasses"),
        ({"score": "ssim", "min": 0, "slice": "*"}, "is not measured by slice"),
    ],
)
def test_a_limit_that_means_nothing_is_refused_with_a_remedy(limit: dict[str, object], fault: str) -> None:
    with pytest.raises(UserError, match=fault):
        Limit(**limit)  # type: ignore[arg-type]
