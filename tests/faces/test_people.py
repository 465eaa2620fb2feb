import numpy as np
import pytest

from tasks.faces import people
from tasks.faces.backend import Embedding, Encoder, open_encoder


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return open_encoder("dlib")


def vectors(*places: float) -> Embedding:
    return np.array([[place, 0.0] for place in places], np.float32)


@pytest.mark.parametrize(
    ("subjects", "places", "expected"),
    [
        pytest.param(["", "", ""], (0, 0.1, 5), ["f0", "f0", "f2"], id="alike faces are one person"),
        pytest.param(["x", "", "x"], (0, 3, 9), ["x", "f1", "x"], id="a record joins faces that differ"),
        pytest.param(["x", "", ""], (0, 0.1, 0.2), ["x", "x", "x"], id="a recorded face names its group"),
        pytest.param(["y", "x", ""], (0, 0.1, 5), ["x", "x", "f2"], id="two records of alike faces are one person"),
    ],
)
def test_persons(encoder: Encoder, subjects: list[str], places: tuple[float, ...], expected: list[str]) -> None:
    assert people.persons(["f0", "f1", "f2"], subjects, vectors(*places), encoder, 0.7) == expected


def test_blocks_change_nothing(encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    places = np.random.default_rng(0).uniform(0, 30, (200, 1)).astype(np.float32)
    ids = [f"f{n:03d}" for n in range(200)]
    whole = people.persons(ids, [""] * 200, places, encoder, 0.9)
    monkeypatch.setattr(people, "BLOCK", 7)
    assert people.persons(ids, [""] * 200, places, encoder, 0.9) == whole
