import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.pairing.similarity import SCALE, WEIGHTS, Traits, agreement, compose, drawing_parts, known, photo_parts

GREY = [50.0, 0.0, 0.0]


def face(
    turn: tuple[float, float, float] = (0, 0, 0),
    hair: list[float] = GREY,
    looks: tuple[float, float] = (1, 0),
    expression: str = "neutral",
    gender: str = "female",
) -> Traits:
    names = {"expression": [expression], "gender": [gender]}
    return Traits(np.array([turn]), np.array([[*hair, *GREY, *hair]]), np.array([looks], np.float32), names)


def agreements(photo: Traits, drawing: Traits) -> dict[str, float]:
    sides = photo_parts(photo, drawing), drawing_parts(photo, drawing)
    one = np.zeros(1, np.int64)
    return {name: float(values[0]) for name, values in agreement(*sides, one, one).items()}


NOTHING = face((np.nan,) * 3, [np.nan] * 3, (0, 0), "unknown", "unknown")


@pytest.mark.parametrize(
    ("drawing", "part", "expected"),
    [
        pytest.param(face(), "pose", 1, id="the same pose"),
        pytest.param(face((45, 0, 0)), "pose", 0.5, id="45 degrees aside is half way to opposite"),
        pytest.param(face((0, -22.5, 0)), "pose", (1 + 2**-0.5) / 2, id="a raised cosine in between"),
        pytest.param(face((45, 45, 0)), "pose", 0.25, id="aside and down is further than aside"),
        pytest.param(face((90, 0, 0)), "pose", 0.5, id="beyond 45 degrees counts as 45"),
        pytest.param(face(hair=[100, 0, 0]), "hair colour", 0.5, id="hair that is half the range lighter"),
        pytest.param(face(hair=[50, 0, 50]), "hair colour", 0.5, id="hair that is as much yellower"),
        pytest.param(face(looks=(0, 7)), "appearance", 0.5, id="embeddings at a right angle, whatever their length"),
        pytest.param(face(looks=(-1, 0)), "appearance", 0, id="opposite embeddings"),
        pytest.param(face(gender="male"), "gender", 0, id="another gender"),
        pytest.param(face(gender="female"), "gender", 1, id="the same gender"),
    ],
)
def test_agreement(drawing: Traits, part: str, expected: float) -> None:
    assert agreements(face(), drawing)[part] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(("photo", "drawing"), [(NOTHING, face()), (face(), NOTHING), (NOTHING, NOTHING)])
def test_what_is_unknown_of_either_counts_half(photo: Traits, drawing: Traits) -> None:
    assert agreements(photo, drawing) == pytest.approx(dict.fromkeys(WEIGHTS, 0.5))


def test_nothing_is_known_of_a_face_without_labels() -> None:
    assert {name: bool(told[0]) for name, told in known(NOTHING).items()} == dict.fromkeys(WEIGHTS, False)
    assert {name: bool(told[0]) for name, told in known(face()).items()} == dict.fromkeys(WEIGHTS, True)


def crowd(count: int, seed: int) -> Traits:
    rng = np.random.default_rng(seed)
    turn = np.where(rng.random((count, 1)) < 0.8, rng.uniform(-90, 90, (count, 3)), np.nan)
    colours = rng.uniform([0, -90, -90] * 3, [100, 90, 90] * 3, (count, 9))
    names = {name: list(rng.choice(["a", "b", "c", "unknown"], count)) for name in ("expression", "gender")}
    return Traits(turn, colours, rng.normal(0, 1, (count, 512)).astype(np.float32), names)


def test_the_weights_are_shares() -> None:
    assert sum(WEIGHTS.values()) == pytest.approx(1)


def test_a_score_is_the_weighted_mean_of_the_agreements() -> None:
    sides = crowd(40, 0), crowd(40, 1)
    parts = photo_parts(*sides), drawing_parts(*sides)
    rows = np.arange(40)
    mean = sum(WEIGHTS[name] * values for name, values in agreement(*parts, rows, rows).items())
    scores = (compose(parts[0]) @ compose(parts[1]).T).diagonal() / SCALE**2
    assert scores == pytest.approx(mean, abs=1e-3)
    assert (scores >= 0).all() and (scores <= 1.001).all()


@given(st.integers(0, 2**32))
def test_scores_are_sums_without_rounding_in_any_order(seed: int) -> None:
    sides = crowd(30, seed), crowd(30, seed + 1)
    a, b = compose(photo_parts(*sides)), compose(drawing_parts(*sides))
    assert (np.abs(a).astype(np.float64) @ np.abs(b).astype(np.float64).T).max() < 2**24
    shuffled = np.random.default_rng(seed).permutation(a.shape[1])
    assert (a @ b.T == a[:, shuffled] @ b[:, shuffled].T).all()
    assert (a @ b.T == a.astype(np.int64) @ b.astype(np.int64).T).all()
