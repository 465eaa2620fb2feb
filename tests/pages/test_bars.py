import pytest

from tasks.pages.bars import bars, shortened


def test_many_values_are_shortened_without_losing_one() -> None:
    counts = {f"value {i}": 20 - i for i in range(12)}
    shown = shortened(counts)
    assert list(shown)[-1] == "5 others"
    assert sum(shown.values()) == sum(counts.values())


@pytest.mark.parametrize(
    ("counts", "text"),
    [
        ({"happy": 3, "unknown": 1}, "75 %"),
        ({"<b>": 1}, "&lt;b&gt;"),
        ({"rare": 1, "common": 999}, "&lt;1 %"),
        ({}, "none"),
    ],
)
def test_bars_say_counts_and_shares_and_escape_names(counts: dict[str, int], text: str) -> None:
    assert text in bars(counts, "title")


def test_unknown_values_are_drawn_apart() -> None:
    drawn = bars({"happy": 3, "unknown": 1}, "title")
    assert drawn.count("bar-known") == drawn.count("bar-unknown") == 1
