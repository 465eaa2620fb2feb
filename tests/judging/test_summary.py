import numpy as np
import pytest

from tasks.judging.summary import BY_NAME, PER_FACE, changes, means, turn, verdict
from tasks.scores.interval import Interval, bootstrap

PEOPLE = np.array(["a", "b", "c", "d", "e", "f"])


def columns(value: float) -> dict[str, np.ndarray]:
    return {name: np.array([0.1, 0.2, 0.25, 0.25, 0.3, 0.4]) + value for name in PER_FACE}


def interval(low: float, high: float) -> Interval:
    return Interval((low + high) / 2, low, high, 9, 9)


def test_every_per_face_score_has_a_mean() -> None:
    assert {name: round(found.value, 3) for name, found in means(columns(0), PEOPLE).items()} == dict.fromkeys(
        PER_FACE, 0.25
    )


def test_a_change_that_every_face_shares_is_sure_however_much_the_faces_differ() -> None:
    change = changes(columns(0), columns(0.01), PEOPLE)["identity"]
    assert (change.low, change.high) == pytest.approx((0.01, 0.01))


def test_a_face_that_one_model_could_not_be_measured_on_is_left_out_of_the_change() -> None:
    before, after = columns(0), columns(1)
    after["ssim"][0] = np.nan
    assert changes(before, after, PEOPLE)["ssim"].n == 5


@pytest.mark.parametrize(
    ("name", "low", "high", "expected"),
    [
        ("identity", 0.1, 0.2, "better"),
        ("identity", -0.2, -0.1, "worse"),
        ("nme", -0.2, -0.1, "better"),
        ("nme", 0.1, 0.2, "worse"),
        ("nme", -0.1, 0.2, "unsure"),
        ("nme", 0.0, 0.0, "same"),
        ("nme", float("nan"), float("nan"), "unknown"),
    ],
)
def test_a_turn_is_sure_only_where_the_interval_leaves_out_zero(
    name: str, low: float, high: float, expected: str
) -> None:
    assert turn(BY_NAME[name], interval(low, high)) == expected


def test_a_change_without_an_interval_is_unsure() -> None:
    assert turn(BY_NAME["identity"], Interval(0.3, float("nan"), float("nan"), 1, 1)) == "unsure"


@pytest.mark.parametrize(
    ("identity", "nme", "expected"),
    [
        ((0.1, 0.2), (-0.1, 0.1), "better"),
        ((0.1, 0.2), (0.1, 0.2), "mixed"),
        ((-0.2, -0.1), (-0.1, 0.1), "worse"),
        ((-0.1, 0.1), (-0.1, 0.1), "even"),
    ],
)
def test_the_verdict_weighs_all_scores(identity: tuple[float, float], nme: tuple[float, float], expected: str) -> None:
    assert verdict({"identity": interval(*identity), "nme": interval(*nme)}) == expected


def test_equal_models_are_told_apart_in_one_run_of_twenty_and_not_for_having_many_scores() -> None:
    rng, people = np.random.default_rng(0), np.arange(40).astype(str)
    scores = [name for name in PER_FACE if not BY_NAME[name].aside]

    def stray() -> tuple[bool, bool]:
        change = {name: bootstrap(rng.normal(size=40), people) for name in scores}
        return verdict(change) != "even", any(turn(BY_NAME[n], found) != "unsure" for n, found in change.items())

    corrected, alone = np.mean([stray() for _ in range(150)], axis=0)
    assert corrected < 0.12 < 0.25 < alone


def test_a_change_that_one_score_alone_would_make_sure_is_unsure_among_many() -> None:
    change = {name: interval(-0.1, 0.1) for name in ("nme", "symmetry", "chroma_shift", "ssim", "kept")}
    assert verdict({"identity": interval(0.01, 0.19)}) == "better"
    assert verdict(change | {"identity": interval(0.01, 0.19)}) == "even"
    assert verdict(change | {"identity": interval(0.05, 0.15)}) == "better"


@pytest.mark.parametrize(("target", "expected"), [((-0.1, 0.1), "even"), ((float("nan"), float("nan")), "worse")])
def test_drawings_that_the_teacher_does_not_draw_are_no_goal(target: tuple[float, float], expected: str) -> None:
    assert verdict({"style": interval(0.1, 0.2), "style_target": interval(*target)}) == expected
