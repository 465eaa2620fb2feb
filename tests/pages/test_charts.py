from xml.etree import ElementTree

import numpy as np
import pytest
from markupsafe import Markup

from tasks.pages import charts
from tasks.pages.charts import Axis
from tasks.scores.interval import Interval

VALUES = np.random.default_rng(0).normal(0.7, 0.1, size=40)
DRAWN = [
    charts.histogram({"base": VALUES, "new": VALUES + 0.1}, "identity", {"strangers <p99>": 0.3}),
    charts.scatter(VALUES, VALUES + 0.1, "identity", ("base", "new")),
    charts.lines(np.arange(1.0, 41), {"l1": VALUES, "ssim": VALUES / 2}, "loss"),
    charts.scatter(np.linspace(0, 1, 2000), np.linspace(0, 1, 2000) ** 2, "identity", ("base", "new")),
]


@pytest.mark.parametrize("chart", DRAWN)
def test_a_chart_is_well_formed_and_says_what_it_shows(chart: Markup) -> None:
    root = ElementTree.fromstring(chart)
    assert root.tag == "svg"
    assert root.get("role") == "img"
    assert root.get("aria-label")


@pytest.mark.parametrize("chart", DRAWN)
def test_every_mark_lies_inside_the_frame(chart: Markup) -> None:
    for dot in ElementTree.fromstring(chart).iter("circle"):
        assert charts.LEFT <= float(dot.get("cx", "nan")) <= charts.WIDTH - charts.RIGHT
        assert charts.TOP <= float(dot.get("cy", "nan")) <= charts.HEIGHT - charts.BOTTOM


def test_the_same_numbers_give_the_same_bytes() -> None:
    again = charts.histogram({"base": VALUES, "new": VALUES + 0.1}, "identity", {"strangers <p99>": 0.3})
    assert again == DRAWN[0]


def test_the_steps_of_a_histogram_hold_every_face_once() -> None:
    edges = np.linspace(0, 1, charts.BINS + 1)
    path = charts.histogram({"base": np.repeat((edges[:-1] + edges[1:]) / 2, 3)}, "x")
    assert path.count('class="steps') == 1


@pytest.mark.parametrize("values", [np.array([]), np.array([np.nan, np.nan])])
def test_nothing_measured_is_said_and_not_drawn(values: np.ndarray) -> None:
    assert "nothing was measured" in charts.histogram({"base": values}, "identity")
    assert "nothing was measured" in charts.scatter(values, values, "identity", ("base", "new"))
    assert "nothing was measured" in charts.lines(np.arange(0.0, len(values)), {"l1": values}, "loss")


@pytest.mark.parametrize("values", [np.zeros(5), np.full(5, 0.3), np.array([1.0])])
def test_faces_that_all_score_the_same_can_be_drawn(values: np.ndarray) -> None:
    ElementTree.fromstring(charts.histogram({"base": values}, "x"))
    ElementTree.fromstring(charts.scatter(values, values, "x", ("a", "b")))


def test_a_loss_that_sets_in_late_has_no_line_before() -> None:
    late = np.concatenate([np.full(20, np.nan), np.ones(20)])
    path = next(ElementTree.fromstring(charts.lines(np.arange(40.0), {"identity": late}, "loss")).iter("path"))
    assert path is not None
    drawn = charts._smoothed(late, 4)
    assert np.isnan(drawn[:20]).all()
    assert np.isfinite(drawn[20:]).all()


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [(0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1.0]), (-0.1, 0.1, [-0.1, -0.05, 0, 0.05, 0.1]), (3, 97, [20, 40, 60, 80])],
)
def test_ticks_are_round_numbers_inside_the_range(low: float, high: float, ticks: list[float]) -> None:
    assert Axis(low, high, "").ticks() == pytest.approx(ticks)


def test_thousands_of_faces_are_drawn_by_how_many_lie_where() -> None:
    rng = np.random.default_rng(0)
    few, many = (charts.scatter(rng.uniform(size=n), rng.uniform(size=n), "x", ("a", "b")) for n in (800, 10_000))
    assert few.count("<circle") == 800
    assert "<circle" not in many
    assert len(many) < 100_000


def test_a_loss_below_zero_stays_inside_the_frame() -> None:
    drawn = charts.lines(np.arange(40.0), {"adversarial": np.linspace(1, -1, 40)}, "loss")
    path = next(p for p in ElementTree.fromstring(drawn).iter("path") if p.get("class") == "line line-0")
    heights = [float(point.split()[1]) for point in str(path.get("d"))[1:].split("L")]
    assert max(heights) <= charts.HEIGHT - charts.BOTTOM


def test_a_strip_shows_each_mean_with_its_interval_where_there_is_one() -> None:
    means = {"base": Interval(0.4, 0.3, 0.5, 9, 9), "new": Interval(0.6, np.nan, np.nan, 2, 2)}
    drawn = ElementTree.fromstring(charts.dots(means, Axis(0, 1, ""), 0.5))
    groups = {str(g.get("class")): g for g in drawn.iter("g")}
    assert [len(list(g.iter("path"))) for g in groups.values()] == [1, 0]
    base, new = (float(next(g.iter("circle")).get("cx", "nan")) for g in groups.values())
    assert base < charts.STRIP / 2 < new


def test_a_mean_that_is_unknown_is_not_drawn() -> None:
    nothing = Interval(np.nan, np.nan, np.nan, 0, 0)
    assert "<circle" not in charts.dots({"base": nothing}, Axis(0, 1, ""), 0.5)
