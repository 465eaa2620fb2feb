from dataclasses import replace
from typing import Any

import pytest

from tasks.core.errors import UserError
from tasks.sifting.limits import Params
from tests.sifting.decided import Row, decided, face


@pytest.mark.parametrize(
    ("row", "reason", "value", "limit"),
    [
        ({"width": 500}, "small", 500, 512),
        ({"drawn": 0.9}, "drawing_among_photos", 0.9, 0.8),
        ({"brightness": 30.0}, "dark", 30, 45),
        ({"brightness": 240.0}, "bright", 240, 225),
        ({"contrast": 5.0}, "flat", 5, 12),
        ({"sharpness": 3.0}, "blurred", 3, 12),
        ({"jpeg_quality": 10.0}, "compressed", 10, 30),
        ({"blockiness": 3.0}, "compressed", 3, 2),
        ({"seen": []}, "no_face", 0, 1),
        ({"seen": [face(), face(), face()]}, "many_faces", 3, 1),
        ({"seen": [face(side=60.0)]}, "face_small", 60, 80),
        ({"seen": [face(covered=0.5)]}, "covered", 0.5, 0.15),
        ({"seen": [face(roll=-45.0)]}, "tilted", 45, 30),
        ({"seen": [face(yaw=-60.0)]}, "turned", 60, 40),
        ({"seen": [face(pitch=50.0)]}, "nodding", 50, 40),
        ({"seen": [face(x=0.0)]}, "cut", 0.498, 0.25),
        ({"width": 100, "brightness": 1.0}, "small", 100, 512),
        ({"seen": [], "sharpness": 3.0}, "blurred", 3, 12),
        ({"seen": [face(covered=0.5, yaw=60.0)]}, "covered", 0.5, 0.15),
        ({"role": "anime", "width": 200, "drawn": 0.9}, "small", 200, 256),
        ({"role": "anime", "drawn": 0.02}, "photo_among_drawings", 0.02, 0.1),
    ],
)
def test_each_reason_is_named_with_value_and_limit(row: Row, reason: str, value: float, limit: float) -> None:
    found = decided([row])[0]
    assert (found["reason"], found["chosen"]) == (reason, [])
    assert (found["value"], found["limit"]) == (pytest.approx(value, abs=0.003), pytest.approx(limit))
    assert not found["keep"]


@pytest.mark.parametrize(
    ("seen", "chosen", "reason"),
    [
        ([face(), face(), face(side=100.0)], [0, 1], None),
        ([face(yaw=60.0), face(), face()], [1, 2], None),
        ([face(yaw=60.0), face(pitch=60.0)], [], "turned"),
        ([face()] * 4, [], "many_faces"),
    ],
)
def test_of_several_faces_each_comparable_one_that_passes_goes_on(
    seen: list[Row], chosen: list[int], reason: str | None
) -> None:
    found = decided([{"seen": seen}], Params(max_faces=3))[0]
    assert (found["chosen"], found["reason"], found["keep"]) == (chosen, reason, reason is None)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"min_brightness": 230}, r"min_brightness 230 is not below max_brightness 225"),
        ({"max_faces": 0}, r"max_faces is 0"),
        ({"comparable": 0}, r"comparable is 0"),
        ({"max_yaw": -1}, r"max_yaw is -1"),
    ],
)
def test_limits_that_no_picture_can_pass_are_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        replace(Params(), **given)
