import pytest

from tasks.faces.age import age_band


@pytest.mark.parametrize(
    ("age", "band"),
    [("7", "under 18"), ("18", "18 to 29"), ("49", "30 to 49"), ("80", "50 and over"), ("unknown", "unknown")],
)
def test_an_age_falls_into_a_band(age: str, band: str) -> None:
    assert age_band(age) == band
