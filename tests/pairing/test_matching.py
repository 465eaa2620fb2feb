import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.pairing import matching
from tasks.pairing.matching import matches, nearest, ranked
from tasks.pairing.similarity import Traits


def traits(yaws: list[float], light: float = 50, gender: str = "female", expression: str = "happy") -> Traits:
    count = len(yaws)
    turn = np.array([[yaw, 0.0, 0.0] for yaw in yaws]).reshape(-1, 3)
    shades = np.tile([light, 0, 0], (count, 3)).astype(float)
    names = {"gender": [gender] * count, "expression": [expression] * count}
    return Traits(turn, shades, np.ones((count, 4), np.float32), names)


def test_each_photo_gets_the_drawing_that_is_turned_alike() -> None:
    found = matches(traits([0, 30, -30]), traits([-31, 1, 29]), 0, 1)
    assert [(match.photo, match.anime, match.rank) for match in found] == [(0, 1, 1), (1, 2, 1), (2, 0, 1)]


def test_the_next_best_follow_the_assigned_drawing_though_others_have_them() -> None:
    found = matches(traits([0, 10]), traits([1, 12, 40]), 0, 3)
    ranks = {(match.photo, match.rank): match.anime for match in found}
    assert ranks == {(0, 1): 0, (0, 2): 1, (0, 3): 2, (1, 1): 1, (1, 2): 0, (1, 3): 2}


def test_a_photo_that_gets_no_drawing_still_has_the_next_best() -> None:
    found = matches(traits([0, 0, 0]), traits([0, 40]), 0, 2)
    first = [match.anime for match in found if match.rank == 1]
    assert sorted(first) == [0, 1]
    assert {match.photo for match in found} == {0, 1, 2}


def test_what_is_too_far_is_no_candidate() -> None:
    assert not matches(traits([-45], 0), traits([45], 100, "male", "sad"), 0.35, 3)


def test_where_one_side_is_empty_nothing_matches() -> None:
    assert matches(traits([]), traits([0]), 0, 3) == matches(traits([0]), traits([]), 0, 3) == []


@pytest.mark.parametrize(
    ("drawing", "said"),
    [
        (
            traits([0], 40),
            "pose 1.00, hair colour 1.00, same expression, same gender, appearance 1.00, clothes colour 1.00",
        ),
        (
            traits([20], 50, expression="sad"),
            "pose 0.88, hair colour 0.98, same gender, appearance 1.00, clothes colour 0.98; expression differs",
        ),
        (
            traits([np.nan], 70, "unknown"),
            "hair colour 0.79, same expression, appearance 1.00, clothes colour 0.79",
        ),
        (
            traits([30], 100, "male", "unknown"),
            "pose 0.75, appearance 1.00; hair colour differs, gender differs, clothes colour differs",
        ),
    ],
)
def test_reasons_say_what_agrees_and_what_differs(drawing: Traits, said: str) -> None:
    (match,) = matches(traits([0], 40), drawing, 0, 1)
    assert match.reasons == said


def test_a_known_difference_costs_more_than_an_unknown_one() -> None:
    scores = [matches(traits([0]), traits([0], gender=g), 0, 1)[0].score for g in ("female", "unknown", "male")]
    assert scores[0] > scores[1] > scores[2]


@given(st.integers(1, 40), st.integers(1, 70), st.integers(1, 5), st.integers(0, 99))
def test_tiles_find_what_a_full_sort_finds(photos: int, drawings: int, top: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = (rng.integers(0, 4, (count, 3)).astype(np.float32) for count in (photos, drawings))  # many equal scores
    expected = np.argsort(-(a @ b.T), axis=1, kind="stable")[:, :top]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(matching, "TILE", (7, 11))
        assert (nearest(a, b, top) == expected).all()


def test_ranks_skip_the_assigned_drawing() -> None:
    rows, columns, ranks = ranked(np.array([5, 8, -1]), np.array([[4, 5, 6], [1, 2, 3], [7, 8, 9]]), 3)
    found = list(zip(rows.tolist(), columns.tolist(), ranks.tolist(), strict=True))
    assert found[:3] == [(0, 5, 1), (0, 4, 2), (0, 6, 3)]
    assert found[3:] == [(1, 8, 1), (1, 1, 2), (1, 2, 3), (2, 7, 2), (2, 8, 3)]


SCRIPT = """
import numpy as np
from tasks.pairing.matching import matches
from tasks.pairing.similarity import Traits
def side(seed):
    rng = np.random.default_rng(seed)
    colours = rng.uniform([0, -50, -50] * 3, [100, 50, 50] * 3, (1100, 9))
    return Traits(rng.uniform(-40, 40, (1100, 3)), colours, rng.normal(0, 1, (1100, 128)).astype("f4"), {
        "gender": list(rng.choice(["female", "male", "unknown"], 1100)),
        "expression": list(rng.choice(["happy", "sad"], 1100))})
print(matches(side(0), side(1), 0.5, 3))
"""


def test_threads_change_no_match() -> None:
    root = Path(__file__).parents[2]
    said = [
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env={**os.environ, "PYTHONPATH": str(root), "OPENBLAS_NUM_THREADS": threads, "OMP_NUM_THREADS": threads},
            capture_output=True,
            check=True,
        ).stdout
        for threads in ("1", "2")
    ]
    assert said[0] == said[1]
    assert said[0].count(b"Match(") > 2200
