from tasks.judging.summary import FULL_REFERENCE
from tasks.pages import scoreboard
from tests.pages.comparison import result, without


def test_scores_with_a_reference_have_a_table_of_their_own() -> None:
    found = result()
    plain = {line.metric.name for line in scoreboard.lines(found)}
    compared = {line.metric.name for line in scoreboard.reference_lines(found)}
    assert "identity" in plain
    assert not plain & set(FULL_REFERENCE)
    assert compared == set(FULL_REFERENCE) - {"lpips"}


def test_every_model_and_every_rival_has_its_cells() -> None:
    line = scoreboard.lines(result(released=True))[1]
    assert (list(line.models), list(line.changes)) == (["base", "release", "tuned"], ["base", "release"])
    assert all(cell.interval for cell in line.models.values())
    assert {cell.n for cell in (*line.models.values(), *line.changes.values())} == {12}


def test_a_distance_that_is_no_goal_is_not_called_better_or_worse() -> None:
    turns = {line.metric.name: line.turn for line in scoreboard.lines(result())}
    assert (turns["style"], turns["identity"]) == ("aside", "better")


def test_how_alike_the_drawings_are_to_the_release_is_told_where_there_is_one() -> None:
    assert [line.since is not None for line in scoreboard.reference_lines(result())] == [False] * 5
    assert [line.since is not None for line in scoreboard.reference_lines(result(released=True))] == [True] * 5


def test_scores_that_were_not_measured_are_named_with_what_they_need() -> None:
    missing = scoreboard.missing(without(result(), "niqe"))
    titles = [title for found in missing.values() for title in found]
    assert titles == ["Face quality (eDifFIQA)", "Naturalness (NIQE)", "Perceptual distance (LPIPS)"]
    assert "style set" in next(need for need, found in missing.items() if "Naturalness (NIQE)" in found)
