from typing import Any

import pytest

from tasks.core.errors import UserError
from tasks.faces import registry
from tasks.nets.condition import Vocabulary
from tasks.training.card import licence
from tasks.training.run import initial
from tests.training.small import plan

NOTHING = Vocabulary(())


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"architecture": "animeganv2", "init": "base"}, "refuses base .*`make base PHOTOS=folder`.*init: scratch"),
        ({"init": "base"}, "refuses student .*`make student PHOTOS=folder`.*init: scratch"),
        ({"init": "data/models/student.safetensors"}, "refuses student "),
    ],
)
def test_the_commercial_policy_refuses_what_unclear_photos_taught(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError, match=said):
        initial(plan(**changes), NOTHING, "commercial")


@pytest.mark.parametrize(
    ("init", "terms"),
    [
        ("base", registry.model("student").licence),
        ("scratch", "none: trained from random weights"),
    ],
)
def test_a_training_may_start_and_the_card_says_under_which_terms(init: str, terms: str) -> None:
    _, origin = initial(plan(init=init), NOTHING, "any" if init == "base" else "commercial")
    assert licence(init, origin) == terms
    assert licence("mine.pt", "ab" * 32) == "the file's own: ask where it came from"
