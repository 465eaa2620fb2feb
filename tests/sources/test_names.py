import pytest

from tasks.sources import names


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("a/b c (1).jpg", None),
        ("umläut 😀.png", None),
        ("..a/b...jpg", None),
        ("../a.jpg", "unsafe_path"),
        ("a/../../b.jpg", "unsafe_path"),
        ("a\\..\\b.jpg", "unsafe_path"),
        ("/etc/a.jpg", "unsafe_path"),
        ("\\\\host\\a.jpg", "unsafe_path"),
        ("C:\\a.jpg", "unsafe_path"),
        ("a\nb.jpg", "bad_name"),
        ("a\x1b[31m.jpg", "bad_name"),
        ("a" * 4000 + ".jpg", "bad_name"),
        (names.decoded(b"a\xff.jpg"), "bad_name"),
        ("a.zip", "nested_archive"),
        ("a.TAR.GZ", "nested_archive"),
    ],
)
def test_a_name_that_nobody_should_have_is_a_reason(name: str, reason: str | None) -> None:
    found = names.fault(name)
    assert (found and found[0]) == reason


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("umläut 😀.png", "umläut 😀.png"),
        ("a\nb", "a\\nb"),
        (names.decoded(b"a\xff"), "a\\xff"),
        ("a" * 4000, "a" * 200 + "... (4000 characters)"),
    ],
)
def test_every_name_can_be_written_down(name: str, shown: str) -> None:
    assert names.printable(name) == shown
    assert names.printable(name).encode().decode() == shown
