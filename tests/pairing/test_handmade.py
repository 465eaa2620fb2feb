from pathlib import Path

import pandas as pd
import pytest

from tasks.core.errors import UserError
from tasks.pairing.handmade import pairs

FACES = pd.DataFrame(
    [
        ("p1-1", "p1", "photo", 1),
        ("p1-0", "p1", "photo", 0),
        ("p2-0", "p2", "photo", 0),
        ("a1-0", "a1", "anime", 0),
    ],
    columns=["face_id", "id", "role", "number"],
)
PICTURES = pd.DataFrame(
    [
        ("p1", "me.jpg", "c1"),
        ("p0", "copy.jpg", "c1"),
        ("p2", "you.jpg", "c2"),
        ("a1", "her.png", "c3"),
        ("p1", "twice.jpg", "c1"),
        ("p2", "twice.jpg", "c2"),
    ],
    columns=["id", "name", "cluster"],
)

MET = pd.concat(
    [
        PICTURES[["id", "name"]].assign(role=["photo", "photo", "photo", "anime", "photo", "photo"]),
        pd.DataFrame(
            [("00000000000000aa", "refused.jpg", "photo"), ("00000000000000bb", "refused.png", "anime")],
            columns=["id", "name", "role"],
        ),
    ]
)


def said(folder: Path, text: str) -> tuple[list[tuple[str, str]], int]:
    (folder / "pairs.csv").write_text(text)
    return pairs(folder / "pairs.csv", FACES, PICTURES, MET)


@pytest.mark.parametrize(
    ("photo", "anime", "expected"),
    [
        pytest.param("me.jpg", "her.png", ("p1-0", "a1-0"), id="by file name: the largest face"),
        pytest.param("p2", "a1", ("p2-0", "a1-0"), id="by id"),
        pytest.param("p1-1", "a1-0", ("p1-1", "a1-0"), id="by face"),
        pytest.param("copy.jpg", "a1", ("p1-0", "a1-0"), id="a copy stands for the picture that was kept"),
    ],
)
def test_a_pair_is_found(tmp_path: Path, photo: str, anime: str, expected: tuple[str, str]) -> None:
    assert said(tmp_path, f"photo,anime\n{photo},{anime}\n") == ([expected], 0)


def test_no_line_is_no_pair(tmp_path: Path) -> None:
    assert said(tmp_path, "photo,anime\n") == ([], 0)


@pytest.mark.parametrize(
    ("photo", "anime"),
    [
        pytest.param("refused.jpg", "her.png", id="a photo that ingest or quality refuses"),
        pytest.param("me.jpg", "refused.png", id="a drawing, likewise"),
        pytest.param("00000000000000aa-0", "her.png", id="a face of a picture that was refused"),
        pytest.param("00000000000000cc", "her.png", id="an id outlives its picture"),
    ],
)
def test_a_line_about_what_did_not_come_through_is_unused(tmp_path: Path, photo: str, anime: str) -> None:
    assert said(tmp_path, f"photo,anime\n{photo},{anime}\nme.jpg,her.png\n") == ([("p1-0", "a1-0")], 1)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("photo,drawing\nme.jpg,her.png\n", r"has columns photo, drawing; it needs photo and anime"),
        ("photo,anime\nnobody.jpg,her.png\n", r"photo 'nobody.jpg' is no photo of any batch"),
        ("photo,anime\nher.png,her.png\n", r"photo 'her.png' is no photo of any batch"),
        ("photo,anime\n00000000000000bb,her.png\n", r"photo '00000000000000bb' is no photo of any batch"),
        ("photo,anime\nme.jpg\n", r"anime None is no anime of any batch"),
        ("photo,anime\ntwice.jpg,her.png\n", r"'twice.jpg' is the name of several pictures; give an id: p1, p2"),
    ],
)
def test_a_wrong_line_is_quoted(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(UserError, match=fault):
        said(tmp_path, text)
