from typing import Any

import numpy as np
import pandas as pd
import pytest

from tasks import quality
from tasks.core.errors import UserError
from tasks.quality import Params

GOOD = {
    "role": "photo",
    "width": 600,
    "height": 700,
    "brightness": 120.0,
    "contrast": 50.0,
    "sharpness": 100.0,
    "faces": 1,
    "side": 200.0,
    "outside": 0.0,
    "yaw": 3.0,
    "pitch": -5.0,
    "roll": 0.0,
}
NOWHERE = {"faces": 0, "side": np.nan, "outside": np.nan, "yaw": np.nan, "pitch": np.nan, "roll": np.nan}


def decided(**row: Any) -> dict[str, Any]:
    return dict(quality.decide(pd.DataFrame([GOOD | row]), Params()).iloc[0])


@pytest.mark.parametrize(
    ("row", "reason", "value", "limit"),
    [
        ({"width": 500}, "small", 500, 512),
        ({"brightness": 30.0}, "dark", 30, 45),
        ({"brightness": 240.0}, "bright", 240, 225),
        ({"contrast": 5.0}, "flat", 5, 12),
        ({"sharpness": 3.0}, "blurred", 3, 12),
        (NOWHERE, "no_face", 0, 1),
        ({"faces": 3}, "many_faces", 3, 1),
        ({"side": 60.0}, "face_small", 60, 80),
        ({"roll": -45.0}, "tilted", 45, 30),
        ({"yaw": -60.0}, "turned", 60, 40),
        ({"pitch": 50.0}, "nodding", 50, 40),
        ({"outside": 0.5}, "cut", 0.5, 0.25),
        ({"width": 100, "brightness": 1.0}, "small", 100, 512),
        ({"role": "anime", "width": 200}, "small", 200, 256),
    ],
)
def test_each_reason_is_named_with_value_and_limit(
    row: dict[str, Any], reason: str, value: float, limit: float
) -> None:
    found = decided(**row)
    assert (found["reason"], found["value"], found["limit"]) == (reason, value, limit)
    assert not found["keep"]


@pytest.mark.parametrize(
    "row", [{}, {"role": "anime", "width": 300}, {"role": "anime", "brightness": 240.0, "faces": 4}]
)
def test_a_good_picture_passes(row: dict[str, Any]) -> None:
    assert decided(**row)["keep"]


def test_a_million_decisions_are_one_vectorised_step() -> None:
    many = pd.DataFrame({name: [value] * 100_000 for name, value in GOOD.items()})
    assert quality.decide(many, Params())["keep"].all()


def test_limits_that_no_picture_can_pass_are_refused() -> None:
    with pytest.raises(UserError, match=r"min_brightness 230 is not below max_brightness 225"):
        Params(min_brightness=230)


def test_the_remedy_for_small_photos_is_named() -> None:
    assert "quality.min_side: 256" in quality.hint({"small": 9, "dark": 1})
    assert quality.hint({"dark": 1}) == ""
