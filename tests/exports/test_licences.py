import pytest

from tasks.exports import licences


@pytest.mark.parametrize(
    ("licence", "may"),
    [
        ("CC0-1.0", True),
        ("cc-by-4.0", True),
        ("CC-BY-NC-4.0", True),
        ("CC-BY-ND-4.0", False),
        ("research-only", False),
        ("unknown", False),
        ("", False),
    ],
)
def test_only_a_licence_known_to_allow_it_may_be_shared(licence: str, may: bool) -> None:
    assert licences.may_share(licence) == may


def test_the_hub_is_told_the_names_that_it_knows() -> None:
    assert licences.identifiers(["CC-BY-4.0", "CC-BY-4.0", "research-only", "public-domain"]) == ["cc-by-4.0", "other"]
    assert licences.identifiers([]) == ["unknown"]
