import ast
import re
from typing import Any

import pytest

from tasks.surveying import changes, journey
from tasks.surveying.reasons import WORDS, note
from tests.test_pipeline import ROOT

GIVERS = {"File": 2, "Refusal": 0, "RefusedError": 0, "Rule": 0, "Entry": 6, "ends": 3}  # take a reason there


def texts(node: ast.AST) -> set[str]:
    """The reasons that an expression spells out."""
    found = (one.value for one in ast.walk(node) if isinstance(one, ast.Constant))
    return {one for one in found if isinstance(one, str) and re.fullmatch("[a-z]+(_[a-z]+)*", one)}


def given(node: ast.AST) -> set[str]:
    """The reasons that a piece of code gives, by the ways in which the stages write them."""
    if isinstance(node, ast.Call):
        place = GIVERS.get(getattr(node.func, "id", ""), len(node.args))
        named = [keyword.value for keyword in node.keywords if keyword.arg == "reason"]
        return set[str]().union(*map(texts, [*node.args[place : place + 1], *named]))
    if isinstance(node, ast.Dict):
        cells = zip(node.keys, node.values, strict=True)
        return set[str]().union(*[texts(value) for key, value in cells if getattr(key, "value", "") == "reason"])
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
        return texts(node.value) if "reason" in texts(node.targets[0].slice) else set()
    if isinstance(node, ast.FunctionDef) and node.name in ("fault", "_fault"):
        ends = [one.value for one in ast.walk(node) if isinstance(one, ast.Return)]
        return set[str]().union(*[texts(end.elts[0]) for end in ends if isinstance(end, ast.Tuple)])
    return set()


def reasons(*places: str) -> set[str]:
    """Every reason that the code of these places gives."""
    code = [ast.parse(file.read_text()) for place in places for file in ROOT.glob(place)]
    return set[str]().union(*[given(node) for tree in code for node in ast.walk(tree)])


def test_every_reason_that_the_code_gives_has_its_words_and_no_other() -> None:
    aside = {reason for _, reason in journey.PAIRED if reason} | {"between_splits", "held_out"}  # keys of a report
    unfit = {"lost_face", "deformed", "other_person"}  # of Result.reasons
    assert reasons("tasks/**/*.py") | aside | unfit == set(WORDS)


def test_what_the_policy_refuses_is_never_shown() -> None:
    assert reasons("tasks/sources/policy.py") == set(journey.PRIVATE)


def test_what_its_source_refuses_has_no_bytes_to_be_told_by() -> None:
    assert set(changes.UNSEEN) == set(journey.PRIVATE) | reasons("tasks/sources/fetching.py", "tasks/sources/batch.py")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"value": 53.97, "limit": 40.0}, "54 > 40"),
        ({"value": None, "limit": None, "duplicate_of": "fb9434b7aaaa"}, "like fb9434b7"),
        ({"detail": "0 bytes"}, "0 bytes"),
        ({}, ""),
    ],
)
def test_the_note_of_a_reject_is_the_measure_or_the_detail(row: dict[str, Any], said: str) -> None:
    assert note(row) == said
