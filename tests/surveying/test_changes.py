import pandas as pd
import pytest

from tasks.surveying import changes, journey

ROWS = {"a": ("1", "pair", None), "b": ("2", "pair", None)}


def snapshot(**files: tuple[str, str, str | None]) -> pd.DataFrame:
    """name=(id, stage, reason) of photos in one batch."""
    rows = [("mine", name, found[0], "photo", *found[1:]) for name, found in files.items()]
    return pd.DataFrame(rows, columns=journey.SNAPSHOT.names, dtype=object)


@pytest.mark.parametrize("reason", [*journey.PRIVATE, "unreachable", "not_found"])
def test_a_picture_that_is_refused_unseen_is_decided_otherwise_and_not_gone(reason: str) -> None:
    refused = ("of its name", "ingest", reason)
    taken = changes.compare(snapshot(**ROWS), snapshot(**{**ROWS, "a": refused}))
    back = changes.compare(snapshot(**{**ROWS, "a": refused}), snapshot(**ROWS))
    assert taken.counts == back.counts == {"new": 0, "gone": 0, "moved": 1}
    assert (taken.moved[0].before, taken.moved[0].after) == ("pair", f"ingest: {reason}")
    assert taken.moved[0].examples == (() if reason in journey.PRIVATE else ("of its name",))
    assert back.moved[0].examples == ("1",)


def test_a_file_with_other_bytes_is_another_picture() -> None:
    found = changes.compare(snapshot(**ROWS), snapshot(**{**ROWS, "a": ("3", "pair", None)}))
    assert found.counts == {"new": 1, "gone": 1, "moved": 0}


def test_the_same_refusal_again_is_no_change() -> None:
    refused = snapshot(a=("of its name", "ingest", "no_consent"))
    assert changes.compare(refused, refused).counts == {"new": 0, "gone": 0, "moved": 0}
