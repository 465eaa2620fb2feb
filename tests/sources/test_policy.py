from pathlib import Path

import pytest

from tasks.core.errors import UserError
from tasks.sources import policy
from tasks.sources.policy import Policy
from tasks.sources.record import Record

RULES = Policy(("CC0-1.0",), consent_needed=True, purpose="training", today="2026-07-01")
GOOD = {"licence": "CC0-1.0", "consent": "7", "purpose": "training", "expires": "2026-07-01"}


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({}, None),
        ({"licence": "CC-BY-4.0"}, "licence"),
        ({"consent": ""}, "no_consent"),
        ({"role": "anime", "consent": ""}, None),
        ({"expires": "2026-06-30"}, "consent_expired"),
        ({"expires": ""}, None),
        ({"purpose": "print"}, "purpose"),
        ({"purpose": ""}, "purpose"),
        ({"purpose": "print; training"}, None),
    ],
)
def test_a_record_is_refused_for_the_first_thing_against_it(told: dict[str, str], reason: str | None) -> None:
    found = RULES.refusal(Record(**{**GOOD, **told}))
    assert (found and found.reason) == reason


def test_no_policy_refuses_nothing() -> None:
    assert Policy().refusal(Record()) is None


def test_the_day_comes_from_a_file_and_its_absence_names_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"run `python -m tasks.inventory`"):
        policy.today(tmp_path / "date.txt")
    (tmp_path / "date.txt").write_text("2026-07-01\n")
    assert policy.today(tmp_path / "date.txt") == "2026-07-01"
