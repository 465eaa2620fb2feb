import json
import math
from dataclasses import replace

import pytest

from tasks.scores.interval import Interval
from tests.pages.comparison import result as invented

NAN = float("nan")


def test_the_manifest_has_a_row_per_face_and_model_and_nothing_where_nothing_was_measured() -> None:
    found = invented(faces=2)
    found.columns["tuned"]["ssim"][1] = NAN
    rows = found.rows("test")
    assert [row["model"] for row in rows] == ["base", "tuned"] * 2
    assert rows[3]["ssim"] is None
    assert rows[3]["kept"] is True
    assert rows[3]["split"] == "test"


def test_the_metrics_are_plain_json_without_what_could_not_be_measured() -> None:
    found = invented()
    unknown = dict(found.summary["base"]) | {"ssim": Interval(NAN, NAN, NAN, 0, 0)}
    found = replace(found, summary=dict(found.summary) | {"base": unknown})
    metrics = json.loads(json.dumps(found.metrics(), allow_nan=False))
    assert "ssim" not in metrics["base"]
    assert metrics["n"] == {"faces": 12, "people": 6}
    assert metrics["verdict"] == "better"


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ({}, None),
        ({"same_person": 0.0}, "other_person"),
        ({"same_person": 0.0, "deformed": 1.0}, "deformed"),
        ({"deformed": 1.0, "kept": 0.0}, "lost_face"),
        ({"kept": NAN}, None),
    ],
)
def test_a_face_leaves_the_funnel_for_the_first_thing_that_is_wrong(
    broken: dict[str, float], reason: str | None
) -> None:
    found = invented(faces=1)
    for name, value in ({"deformed": 0.0} | broken).items():
        found.columns["tuned"][name][0] = value
    assert found.reasons() == [reason]


def test_intervals_are_told_only_where_there_are_some() -> None:
    found = invented(faces=3, people=3).intervals()
    assert found["base"].keys() == {"style", "style_target", "frechet", "frechet_target"}
    assert all(math.isfinite(bound) for bounds in found["base"].values() for bound in bounds)


@pytest.mark.parametrize(
    ("released", "rival", "against"), [(False, "base", {"teacher"}), (True, "release", {"teacher", "release"})]
)
def test_the_last_release_is_who_has_to_be_beaten(released: bool, rival: str, against: set[str]) -> None:
    found = invented(released=released)
    assert found.rival == rival
    assert {reference.against for reference in found.references} == against
    metrics = found.metrics()
    assert ("change_since_release" in metrics) == released
    assert metrics["slices"]["skin tone=tan"]["faces"] == 6
