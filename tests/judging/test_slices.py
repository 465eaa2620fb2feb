import pytest

from tasks.judging.groups import age_band, groups


def test_a_group_is_shown_from_five_faces_on_and_beside_another_one() -> None:
    traits = {
        "glasses": ["none"] * 6 + ["glasses"] * 5 + ["sunglasses"],
        "gender": ["unknown"] * 7 + ["female"] * 5,
        "mask": ["none"] * 12,
    }
    found = [(group.trait, group.value, group.rows.tolist()) for group in groups(traits)]
    assert found == [("glasses", "glasses", [6, 7, 8, 9, 10]), ("glasses", "none", [0, 1, 2, 3, 4, 5])]


@pytest.mark.parametrize(
    ("age", "band"),
    [("7", "under 18"), ("18", "18 to 29"), ("49", "30 to 49"), ("80", "50 and over"), ("unknown", "unknown")],
)
def test_an_age_falls_into_a_band(age: str, band: str) -> None:
    assert age_band(age) == band
