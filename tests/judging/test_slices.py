import numpy as np
import pytest

from tasks.judging.slices import light, pose, slices
from tasks.judging.summary import SLICED

PEOPLE = np.array([f"person {i % 20}" for i in range(40)])
NAN = float("nan")


def test_every_known_value_is_a_slice_and_a_small_one_says_so() -> None:
    traits = {"glasses": ["none"] * 35 + ["glasses"] * 5, "gender": ["unknown"] * 40}
    columns = {"tuned": {name: np.linspace(0, 1, 40) for name in SLICED}}
    found = slices(traits, columns, PEOPLE)
    assert [(part.name, len(part.rows), part.people, part.small) for part in found] == [
        ("glasses=glasses", 5, 5, True),
        ("glasses=none", 35, 20, False),
    ]
    assert found[0].scores["tuned"]["identity"].value == pytest.approx(np.linspace(0, 1, 40)[35:].mean())
    assert found[0].scores["tuned"]["identity"].n == 5


def test_many_faces_of_few_people_are_a_small_slice() -> None:
    columns = {"tuned": {name: np.ones(40) for name in SLICED}}
    assert slices({"light": ["dark"] * 40}, columns, np.array(["a", "b"] * 20))[0].small


@pytest.mark.parametrize(
    ("yaw", "pitch", "expected"),
    [(0, 0, "frontal"), (-10, 3, "frontal"), (3, -18, "slightly turned"), (40, 0, "turned"), (NAN, 0, "unknown")],
)
def test_a_pose_is_told_by_the_larger_angle(yaw: float, pitch: float, expected: str) -> None:
    assert pose(yaw, pitch) == expected


@pytest.mark.parametrize(("lightness", "expected"), [(20, "dark"), (55, "medium"), (80, "bright"), (NAN, "unknown")])
def test_light_is_told_by_how_bright_the_skin_is(lightness: float, expected: str) -> None:
    assert light(lightness) == expected
