"""The command as people meet it: real processes, a real DVC project, a real Prefect server."""

import signal
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.flows.conftest import Project

pytestmark = pytest.mark.slow

Tree = Callable[[int], list[psutil.Process]]
ALLOWED = 3.0  # seconds from the signal to the last process


def until(true: Callable[[], object], seconds: float = 40) -> None:
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


def test_refresh_makes_the_dataset_and_retrain_the_rest(quick: Project) -> None:
    assert quick.run("refresh").returncode == 0
    assert {path.stem for path in quick.root.glob("*.txt")} == {"ingest", "label", "align"}
    done = quick.run("retrain")
    assert done.returncode == 0
    assert "blurred 1, dark 1" in done.stdout
    assert "0.75" in done.stdout
    again = quick.run("run")
    assert again.stderr.count("up to date") == 5


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_leaves_no_process_behind(own_server: Project, tree: Tree, number: signal.Signals) -> None:
    own_server.tell("finetune", "hang")
    process = own_server.start("run")
    until(lambda: len(own_server.noted()) == 2)
    everyone = tree(process.pid)
    assert {*own_server.noted()} <= {one.pid for one in everyone}
    assert any("flows.server" in one.cmdline() for one in everyone)
    began = time.monotonic()
    process.send_signal(number)
    process.communicate(timeout=10)
    psutil.wait_procs(everyone, timeout=ALLOWED)
    assert not [one for one in everyone if one.is_running()]
    assert time.monotonic() - began < ALLOWED
    assert process.returncode == 128 + number


def test_after_kill_9_nobody_writes_and_the_next_run_finishes_with_the_same_bytes(
    own_server: Project, tree: Tree
) -> None:
    own_server.tell("align", "hang")
    process = own_server.start("run")
    until(lambda: len(own_server.noted()) == 2)
    everyone = tree(process.pid)
    process.kill()
    process.communicate()
    psutil.wait_procs(everyone, timeout=ALLOWED)
    assert not [one for one in everyone if one.is_running()]
    own_server.tell("align", "work")
    assert own_server.run("run").returncode == 0
    written = {path.name: path.read_text() for path in own_server.root.glob("*.txt")}
    assert written["evaluate.txt"] == "ingest\nalign\ningest\nlabel\nfinetune\nevaluate\n"
    assert not (own_server.root / "align.part").exists()


def test_outside_a_project_it_says_where_to_run(project: Project, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    done = Project(tmp_path / "elsewhere", project.env).run("run")
    assert done.returncode == 2
    assert "run this in the project's folder" in done.stderr
