import math
from dataclasses import replace

import pytest

from tasks.judging.summary import BY_NAME
from tasks.pages import words
from tasks.scores.interval import Interval
from tests.pages.comparison import result


@pytest.mark.parametrize(
    ("name", "value", "signed", "text"),
    [
        ("identity", 0.6034, False, "0.603"),
        ("identity", -0.0204, True, "−0.020"),
        ("identity", 0.02, True, "+0.020"),
        ("identity", -0.0001, True, "0.000"),
        ("kept", 0.875, False, "88 %"),
        ("deformed", -0.1, True, "−10 pp"),
        ("chroma_shift", 13.61, False, "13.6"),
        ("ssim", math.nan, False, "–"),
    ],
)
def test_a_number_is_written_as_a_reader_expects_it(name: str, value: float, signed: bool, text: str) -> None:
    assert words.number(BY_NAME[name], value, signed) == text.replace(" %", "\N{NO-BREAK SPACE}%").replace(
        " pp", "\N{NO-BREAK SPACE}pp"
    )


@pytest.mark.parametrize(
    ("name", "low", "high", "signed", "text"),
    [
        ("identity", 0.55, 0.65, False, "0.550 to 0.650"),
        ("deformed", -0.1, 0.2, True, "−10 to +20 pp"),
        ("kept", 0.8, 1.0, False, "80 to 100 %"),
        ("kept", 1.0, 1.0, False, ""),
        ("kept", math.nan, math.nan, False, ""),
    ],
)
def test_an_interval_has_its_unit_once(name: str, low: float, high: float, signed: bool, text: str) -> None:
    assert words.interval(BY_NAME[name], Interval((low + high) / 2, low, high, 9, 9), signed) == text.replace(
        " %", "\N{NO-BREAK SPACE}%"
    ).replace(" pp", "\N{NO-BREAK SPACE}pp")


@pytest.mark.parametrize(
    ("gain", "people", "words_"),
    [
        (0.1, 6, "The new model is better than its base: identity rises from"),
        (-0.1, 6, "The new model is worse than its base: identity falls from"),
        (
            0.0,
            6,
            "The new model and its base cannot be told apart yet: no score differs surely on 12 faces of 6 people.",
        ),
        (0.1, 2, "On these 2 people, the new model is better than its base: identity rises from"),
        (0.1, 1, "On this one person, the new model is better than its base"),
    ],
)
def test_the_report_opens_with_the_finding(gain: float, people: int, words_: str) -> None:
    assert words.headline(result(gain, people=people)).startswith(words_)


def test_gains_and_losses_are_told_together() -> None:
    found = result(0.1)
    worse = {**found.change["base"], "identity": Interval(-0.1, -0.2, -0.05, 12, 6)}
    found = replace(found, change={"base": worse})
    assert words.headline(found).startswith("The new model gains and loses against its base: ")
    assert "landmark deformation falls from" in words.headline(found)
    assert ", but identity falls from" in words.headline(found)


def test_where_there_is_a_release_it_is_the_one_to_beat() -> None:
    found = result(0.1, released=True)
    before = words.number(BY_NAME["identity"], found.summary["release"]["identity"].value)
    assert words.headline(found).startswith(
        f"The new model is better than the last release: identity rises from {before} to "
    )
