"""The command as people meet it: real processes, a real DVC project, a real Prefect server."""

import json
import signal
import sqlite3
import time
import urllib.request
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import psutil
import pytest

from tests.flows.conftest import DATABASE, SOON, Project, living

pytestmark = pytest.mark.slow

Tree = Callable[[int], list[psutil.Process]]
# Gives a stopped run the time to record its end that a busy machine needs.
PATIENT = ("-c", f"from flows import cli; cli.TO_RECORD, cli.LAST_MOMENT = {SOON / 2}, {SOON}; cli.main()")


def asked(url: str) -> list[dict[str, str]]:
    request = urllib.request.Request(url, data=b"{}", headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as response:
        found: list[dict[str, str]] = json.load(response)
    return found


def states(root: Path) -> list[str]:
    """How the flow runs in the project's own database stand, the oldest first."""
    with closing(sqlite3.connect(root / ".prefect" / DATABASE)) as database:
        return [name for (name,) in database.execute("select state_name from flow_run order by created")]


def command(process: psutil.Process) -> list[str]:
    """Its words; none where it has ended since it was found, as what DVC asks git does."""
    with suppress(psutil.NoSuchProcess):
        return process.cmdline()
    return []


def until(true: Callable[[], object], seconds: float = 2 * SOON) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.02)


def test_a_failed_stage_names_itself_its_reason_and_the_command_to_repeat(quick: Project) -> None:
    quick.tell("align", "crash")
    done = quick.run("refresh")
    assert done.returncode == 1
    assert "stage align failed: ValueError: no light in the cellar" in done.stderr
    assert "repeat it with: dvc repro --single-item align" in done.stderr
    assert (quick.root / "label.txt").exists(), "a stage that does not depend on it is made"


def test_a_fault_of_the_configuration_ends_with_exit_code_2(quick: Project) -> None:
    quick.tell("ingest", "misconfigured")
    done = quick.run("run")
    assert done.returncode == 2
    assert "stage ingest failed: params.yaml: ingest.depth is -1; use 1 or more" in done.stderr


def test_a_run_makes_what_is_missing_and_ends_with_what_came_out(quick: Project, api: str) -> None:
    assert quick.run("refresh").returncode == 0
    assert {path.stem for path in quick.root.glob("*.txt")} == {"ingest", "label", "align"}
    done = quick.run("run")
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("up to date") == 3
    assert "blurred 1, dark 1" in done.stdout
    assert "0.75" in done.stdout
    shown = {artifact["key"] for artifact in asked(f"{api}/artifacts/filter")}
    assert shown >= {"funnel", "scores", "report"}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_leaves_no_process_behind(own_server: Project, tree: Tree, number: signal.Signals) -> None:
    own_server.tell("ingest", "hang")
    process = own_server.start("run", program=PATIENT)
    until(lambda: len(own_server.noted()) == 2)
    everyone = tree(process.pid)
    assert {*own_server.noted()} <= {one.pid for one in everyone}
    assert any("flows.server" in command(one) for one in everyone)
    process.send_signal(number)
    assert not living(everyone)
    process.communicate()
    assert process.returncode == 128 + number
    assert states(own_server.root) == ["Cancelled"]


def test_after_kill_9_nobody_writes_and_the_next_run_finishes_with_the_same_bytes(
    own_server: Project, tree: Tree
) -> None:
    own_server.tell("align", "hang")
    process = own_server.start("run")
    until(lambda: len(own_server.noted()) == 2)
    everyone = tree(process.pid)
    process.kill()
    assert not living(everyone)
    process.communicate()
    own_server.tell("align", "work")
    assert own_server.run("run").returncode == 0
    assert (own_server.root / "evaluate.txt").read_text() == "ingest\nalign\ningest\nlabel\nfinetune\nevaluate\n"
    assert not (own_server.root / "align.part").exists()
    assert states(own_server.root) == ["Crashed", "Completed"]


def test_serve_plans_the_runs_of_the_schedule_until_a_signal_ends_it(own_server: Project, tree: Tree) -> None:
    process = own_server.start("serve")
    until(lambda: "Scheduled" in states(own_server.root))
    everyone = tree(process.pid)
    process.send_signal(signal.SIGTERM)
    assert not living(everyone)
    _, err = process.communicate()
    assert "refresh at '0 3 * * *', retrain at '0 5 * * 0' (UTC)" in err


def test_outside_a_project_it_says_where_to_run(project: Project, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    done = Project(tmp_path / "elsewhere", project.env).run("run")
    assert done.returncode == 2
    assert "run this in the project's folder" in done.stderr
