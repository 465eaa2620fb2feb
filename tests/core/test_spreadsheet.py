from pathlib import Path

import pytest

from tasks.core.errors import UserError
from tasks.core.spreadsheet import lines


@pytest.mark.parametrize(
    "data",
    [
        b"photo,anime\nme.jpg,her.png\n",
        b"\xef\xbb\xbfphoto,anime\r\nme.jpg,her.png\r\n",
        b'photo,anime\n"me.jpg","her.png"',
    ],
)
def test_a_table_reads_the_same_from_every_program(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "pairs.csv").write_bytes(data)
    assert lines(tmp_path / "pairs.csv") == [{"photo": "me.jpg", "anime": "her.png"}]


def test_a_quoted_line_break_ends_no_line(tmp_path: Path) -> None:
    (tmp_path / "pairs.csv").write_text('photo,anime\n"a\nb",c\n')
    assert [line["photo"] for line in lines(tmp_path / "pairs.csv")] == ["a\nb"]


@pytest.mark.parametrize("data", [b"photo,anime\nm\xfcller.jpg,her.png\n", b"photo\n" + b"x" * 200_000])
def test_what_is_no_csv_in_utf_8_is_an_error_with_the_remedy(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "pairs.csv").write_bytes(data)
    with pytest.raises(UserError, match=r"pairs\.csv is no readable CSV: .*save it as CSV in UTF-8"):
        lines(tmp_path / "pairs.csv")
