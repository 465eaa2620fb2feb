from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import ArrayLike, NDArray

from tasks.core.splits import split_of
from tasks.faces.backend import Embedding, Encoder
from tasks.pairing import people
from tasks.pairing.people import Place, Sighting, places
from tests.pairing.ruler import Ruler

LEAST = Ruler.same


def coin(name: str) -> str:
    return split_of(name, 0.25, 0.25, 0)


def put(faces: Sequence[Sighting], spots: ArrayLike, encoder: Encoder | None = None) -> list[Place]:
    line = np.array(spots, np.float32).reshape(-1, 1)
    return places(faces, line, encoder or Ruler(), LEAST, coin)


def faces(subjects: Sequence[str], pictures: Sequence[str] | None = None) -> list[Sighting]:
    shots = pictures or [f"p{n}" for n in range(len(subjects))]
    return [Sighting(f"f{n}", subject, shot) for n, (subject, shot) in enumerate(zip(subjects, shots, strict=True))]


@pytest.mark.parametrize(
    ("subjects", "spots", "expected"),
    [
        pytest.param(["", "", ""], (0, 0.1, 5), ["f0", "f0", "f2"], id="alike faces are one person"),
        pytest.param(["x", "", "x"], (0, 3, 9), ["x", "f1", "x"], id="a record joins faces that differ"),
        pytest.param(["x", "", ""], (0, 0.2, 0.4), ["x", "x", "x"], id="a recorded first face names its person"),
        pytest.param(["", "x", ""], (0, 0.2, 5), ["f0", "f0", "f2"], id="a person's name stays when a record comes"),
        pytest.param(["y", "x", "x"], (0, 0.1, 5), ["y", "y", "y"], id="two records of alike faces are one person"),
    ],
)
def test_persons(subjects: list[str], spots: tuple[float, ...], expected: list[str]) -> None:
    found = put(faces(subjects), spots)
    assert [place.person for place in found] == expected
    assert [place.split for place in found] == [coin(name) for name in expected]


def on(split: str, number: int = 0) -> str:
    """A subject whose side is the split."""
    return [name for name in map(str, range(99)) if coin(name) == split][number]


@pytest.mark.parametrize(
    ("subjects", "spots", "pictures"),
    [
        pytest.param([on("train"), on("test"), ""], (0, 0.5, 0.25), "abc", id="alike with both"),
        pytest.param([on("train"), on("test"), on("test")], (0, 9, 0.1), "abc", id="a record there, a likeness here"),
        pytest.param([on("train"), on("test"), ""], (0, 9, 0.1), "abb", id="another face of its picture is there"),
    ],
)
def test_a_face_between_two_splits_is_left_out_and_moves_nobody(
    subjects: list[str], spots: tuple[float, ...], pictures: str
) -> None:
    assert [place.split for place in put(faces(subjects, pictures), spots)] == ["train", "test", None]


def test_a_face_that_was_left_out_binds_nobody() -> None:
    both = faces([on("train"), on("test"), "", ""])
    assert put(both, (0, 0.5, 0.25, 0.25 + 0.28))[3].split == "test"


def test_people_of_one_picture_share_a_side_and_keep_their_names() -> None:
    found = put(faces([""] * 8, ["group"] * 8), range(8))
    assert len({place.person for place in found}) == 8
    assert len({place.split for place in found}) == 1


def test_a_chain_of_likeness_follows_its_first_face() -> None:
    assert {place.person for place in put(faces([""] * 50), np.arange(50) * 0.25)} == {"f0"}


@dataclass(frozen=True)
class Collection:
    """Faces in order of arrival, where on the line each is, and how many came with each batch."""

    faces: list[Sighting]
    spots: list[float]
    batches: list[int]


@st.composite
def collections(draw: Any) -> Collection:
    sizes = draw(st.lists(st.integers(1, 8), min_size=1, max_size=4))
    count = sum(sizes)
    some = st.lists(st.sampled_from(["", "", "", "x", "y", "z"]), min_size=count, max_size=count)
    shots = st.lists(st.integers(0, 2 * count), min_size=count, max_size=count)
    spots = st.lists(st.floats(0, 6, width=32), min_size=count, max_size=count)
    shown = faces(draw(some), [f"p{shot}" for shot in draw(shots)])
    return Collection(shown, draw(spots), list(np.cumsum(sizes)))


@given(collections())
def test_what_grows_changes_no_earlier_face(drawn: Collection) -> None:
    whole = put(drawn.faces, drawn.spots)
    for count in drawn.batches:
        assert put(drawn.faces[:count], drawn.spots[:count]) == whole[:count]


@given(collections())
def test_nothing_crosses(drawn: Collection) -> None:
    rows = zip(drawn.faces, drawn.spots, put(drawn.faces, drawn.spots), strict=True)
    for (a, at, one), (b, there, other) in combinations([row for row in rows if row[2].split], 2):
        if one.split != other.split:
            assert one.person != other.person
            assert np.float32(1) - np.abs(np.float32(at) - np.float32(there)) < LEAST
            assert a.picture != b.picture
            assert not a.subject or a.subject != b.subject


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    spots = np.random.default_rng(0).uniform(0, 30, 200)
    whole = put(faces([""] * 200), spots)
    monkeypatch.setattr(people, "BLOCK", 7)
    assert put(faces([""] * 200), spots) == whole


class Rounding(Ruler):
    """Rounds otherwise in a block than alone, as sums do whose order depends on shapes and threads."""

    def __init__(self) -> None:
        self._rng = np.random.default_rng(1)

    def similarity(self, a: Embedding, b: Embedding) -> NDArray[np.float32]:
        noise = 0 if len(a) == len(b) == 1 else self._rng.uniform(-5e-5, 5e-5, (len(a), len(b)))
        return np.asarray(super().similarity(a, b) + noise, np.float32)


def test_rounding_at_the_threshold_decides_nothing() -> None:
    spots = np.arange(60) * 0.3 + np.random.default_rng(0).uniform(-4e-5, 4e-5, 60)
    assert put(faces([""] * 60), spots, Rounding()) == put(faces([""] * 60), spots)
