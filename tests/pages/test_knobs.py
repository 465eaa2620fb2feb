from dataclasses import asdict, fields
from typing import Any

import pytest

from tasks.after.steps import LIMITS, Steps
from tasks.core.errors import UserError
from tasks.pages.knobs import KNOBS, Knob, steps


def test_every_step_has_a_knob_in_the_order_in_which_steps_run() -> None:
    assert [*(knob.name for knob in KNOBS), "strength"] == [field.name for field in fields(Steps)]


@pytest.mark.parametrize("knob", KNOBS, ids=lambda knob: knob.name)
def test_a_knob_ends_where_its_step_ends(knob: Knob) -> None:
    assert knob.most == LIMITS.get(knob.name, 1.0)
    assert 0 < knob.on <= knob.most
    assert asdict(Steps(**{knob.name: knob.most}))[knob.name] == knob.most
    with pytest.raises(UserError):
        Steps(**{knob.name: knob.most * 1.01})


def test_a_knob_that_is_off_switches_its_step_off_whatever_its_amount() -> None:
    switched = [part for knob in KNOBS for part in (knob.name == "sharpen", knob.on)]
    assert Steps(**steps([0.4, *switched])) == Steps(sharpen=0.5, strength=0.4)


@pytest.mark.parametrize("amount", [-0.1, 3.5, float("nan"), None])
def test_an_amount_that_no_knob_has_is_told_in_the_page_s_words(amount: float | None) -> None:
    switched: list[Any] = [part for knob in KNOBS for part in (knob.name == "sharpen", amount)]
    with pytest.raises(UserError, match=r"^“Sharpen” goes from 0 to 3\.$"):
        steps([1.0, *switched])
    with pytest.raises(UserError, match=r"^“Strength” goes from 0 to 1\.$"):
        steps([amount, *([False, 0.0] * len(KNOBS))])
