import json
import math

import numpy as np
import pytest

from tasks.judging import result
from tasks.judging.judge import Drawing, Measured
from tasks.scores.kernel import LEAST
from tests.pages.comparison import result as invented

NAN = float("nan")


def measured(i: int, style: float, target: bool = True) -> Measured:
    """A face whose base drawing is `style` away from the photo's colours and strokes, its fine-tuned one not at all."""
    rng = np.random.default_rng(i)
    here = rng.normal(size=4)

    def drawing(shift: float) -> Drawing:
        return Drawing(1.0, 0.05 + shift, 0.0, 1.0, 0.5, np.ones(3, np.float32), here + shift)

    drawings = {"base": drawing(style), "tuned": drawing(0.0)}
    goal = rng.normal(size=4) if target else None
    return Measured(f"face {i}", f"person {i}", np.ones(3, np.float32), here, goal, 30.0, drawings)


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
    found.summary["base"]["ssim"] = found.summary["base"]["ssim"].__class__(NAN, NAN, NAN, 0, 0)
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
    assert found["base"].keys() == {"style", "style_target"}
    assert all(math.isfinite(bound) for bounds in found["base"].values() for bound in bounds)


def test_drawings_nearer_to_the_style_set_have_come_nearer_by_the_difference() -> None:
    style = [face.style for face in (measured(i, 0.0) for i in range(100, 130))]
    found = result.distances(style, [measured(i, 2.0) for i in range(30)])
    assert found["tuned"].value < found["base"].value
    assert found["change"].value == pytest.approx(found["tuned"].value - found["base"].value)
    assert found["photo"].value == found["tuned"].value


def test_without_a_style_set_there_is_no_distance() -> None:
    faces = [measured(i, 1.0, target=False) for i in range(LEAST)]
    assert result.targets(faces) == []
    assert all(math.isnan(d.value) for d in result.distances([], faces).values())


def test_a_landmark_error_above_the_limit_and_a_similarity_under_the_threshold_are_told() -> None:
    faces = [measured(0, 0.1), measured(1, 0.0)]
    columns = result.columns_of(faces, "base", np.array([0.39, 0.41]), same=0.4, deformed=0.08)
    assert columns["deformed"].tolist() == [1, 0]
    assert columns["same_person"].tolist() == [0, 1]
