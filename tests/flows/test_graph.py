from collections.abc import Callable

import pytest

from flows import graph
from tasks.core.errors import UserError
from tests.flows.conftest import WAITS, Project

DOT = """strict digraph  {
"ingest";
"pair";
"data/raw.dvc";
"finetune";
"stylize";
"evaluate";
"data/raw.dvc" -> "ingest";
"ingest" -> "pair";
"ingest" -> "stylize";
"pair" -> "finetune";
"finetune" -> "stylize";
"stylize" -> "evaluate";
"pair" -> "evaluate";
}

"""
GRAPH = graph.parse(DOT)


def test_the_graph_is_read_in_an_order_in_which_each_stage_follows_those_it_waits_for() -> None:
    assert list(GRAPH) == ["data/raw.dvc", "ingest", "pair", "finetune", "stylize", "evaluate"]
    assert GRAPH["evaluate"] == ("pair", "stylize")


def test_warnings_around_the_graph_are_passed_over() -> None:
    assert graph.parse(f"WARNING: something\n{DOT}\nsee https://example.org -> there;") == GRAPH


@pytest.mark.parametrize(
    ("group", "stages"),
    [
        (graph.refresh_group, ["data/raw.dvc", "ingest", "pair"]),
        (graph.retrain_group, ["finetune", "stylize", "evaluate"]),
    ],
)
def test_retrain_is_finetune_and_what_depends_on_it_and_refresh_is_the_rest(
    group: Callable[[graph.Graph], list[str]], stages: list[str]
) -> None:
    assert group(GRAPH) == stages


def test_a_graph_without_finetune_is_an_error_that_lists_the_stages() -> None:
    with pytest.raises(UserError, match="no stage finetune; it has one, two"):
        graph.retrain_group({"one": (), "two": ("one",)})


@pytest.mark.parametrize(
    ("stale", "behind"),
    [
        (set(), set()),
        ({"evaluate"}, {"evaluate"}),
        ({"pair"}, {"pair", "finetune", "stylize", "evaluate"}),
    ],
)
def test_what_follows_a_changed_stage_is_looked_at_and_the_rest_is_not(stale: set[str], behind: set[str]) -> None:
    assert graph.behind(GRAPH, stale) == behind


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([], ""),
        (["fine", "ERROR: './dvc.yaml' is invalid", "", "Having any troubles? Hit us up"], "'./dvc.yaml' is invalid"),
        (["inventory: error: params.yaml is missing; run this there"], "params.yaml is missing; run this there"),
    ],
)
def test_the_last_words_are_the_last_line_that_says_something(lines: list[str], words: str) -> None:
    assert graph.last_words(lines) == words


@pytest.mark.usefixtures("fresh_child")
def test_the_plan_of_a_real_project_is_dvcs_own(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project.root)
    monkeypatch.setenv("PYTHONPATH", project.env["PYTHONPATH"])
    plan = graph.plan()
    assert plan.graph == graph.in_order({name: set(waits) for name, waits in WAITS.items()})
    assert plan.stale == frozenset(WAITS)


@pytest.mark.usefixtures("fresh_child")
def test_a_broken_dvc_yaml_is_an_error_in_dvcs_words(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project.root)
    (project.root / "dvc.yaml").write_text("stages: {ingest: {cmd: 1, depends: x}}\n")
    with pytest.raises(UserError, match=r"(?s)dvc\.yaml.*extra keys not allowed, in stages -> ingest -> depends"):
        graph.read()
