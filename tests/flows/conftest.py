"""A real DVC project of four toy stages, and one Prefect server for all tests that need no server of their own."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from flows import child, server, settings

ROOT = Path(__file__).resolve().parents[2]
SOON = 60.0  # seconds: on the busiest machine; what is wrong lasts for minutes

STAGE = """
import json, os, pathlib, subprocess, sys, time

name, *inputs = sys.argv[1:]
how = pathlib.Path(f"{name}.how").read_text() if pathlib.Path(f"{name}.how").exists() else "work"
note = lambda pid: pathlib.Path("pids").open("a").write(f"{pid}\\n")
print(f"{name}: 1 of 1 (shard)", file=sys.stderr)
if how == "crash":
    raise ValueError("no light in the cellar")
if how == "misconfigured":
    sys.exit(print(f"{name}: error: params.yaml: {name}.depth is -1; use 1 or more", file=sys.stderr) or 2)
if how == "hang":
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(300)"
    note(subprocess.Popen([sys.executable, "-c", deaf], start_new_session=True).pid)
    note(os.getpid())
while how == "hang":
    with pathlib.Path(f"{name}.part").open("a") as part:
        part.write("x")
    time.sleep(0.01)
pathlib.Path(f"{name}.part").unlink(missing_ok=True)
text = "".join(pathlib.Path(f"{other}.txt").read_text() for other in inputs) + f"{name}\\n"
pathlib.Path(f"{name}.txt").write_text(text)
pathlib.Path("reports").mkdir(exist_ok=True)
report = {"in": 5, "kept": 3, "reasons": {"blurred": 1, "dark": 1}}
pathlib.Path(f"reports/{name}.json").write_text(json.dumps(report))
if name == "evaluate":
    pathlib.Path("reports/metrics.json").write_text(json.dumps({"base": {"ssim": 0.5}, "tuned": {"ssim": 0.75}}))
"""

DATABASE = "prefect.db"
WAITS = {
    "ingest": (),
    "label": ("ingest",),
    "align": ("ingest",),
    "finetune": ("align", "label"),
    "evaluate": ("finetune",),
}


@dataclass(frozen=True)
class Project:
    """A folder with a dvc.yaml, and the command line that runs in it."""

    root: Path
    env: dict[str, str]

    def start(self, *arguments: str, program: Sequence[str] = ("-m", "flows.cli")) -> "subprocess.Popen[str]":
        """The command `selfie2anime`, in a process group of its own."""
        return subprocess.Popen(
            [sys.executable, *program, *arguments],
            cwd=self.root,
            env=self.env,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            process_group=0,
        )

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """The command to its end, all output kept."""
        process = self.start(*arguments)
        out, err = process.communicate(timeout=5 * SOON)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def tell(self, stage: str, how: str) -> None:
        """From now on the stage is to crash, hang, be misconfigured, or work."""
        (self.root / f"{stage}.how").write_text(how)

    def noted(self) -> list[int]:
        """Pids of the hanging stage: first its detached, deaf child, then its own."""
        note = self.root / "pids"
        return [int(line) for line in note.read_text().splitlines()] if note.exists() else []


def dvc_yaml() -> str:
    """Every toy stage reads what it waits for and writes a text and a report."""
    stages = {
        name: {
            "cmd": f"python stage.py {name} {' '.join(waits)}",
            "deps": [f"{other}.txt" for other in waits],
            "outs": [f"{name}.txt"],
            "metrics": [{f"reports/{name}.json": {"cache": False}}],
        }
        for name, waits in WAITS.items()
    }
    return json.dumps({"stages": stages})


@pytest.fixture(scope="session")
def prefect_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the shared server's database; beside it, `made` holds a copy of it without any run."""
    return tmp_path_factory.mktemp("prefect")


@pytest.fixture(scope="session")
def api(prefect_home: Path) -> Iterator[str]:
    """The address of one Prefect server for the whole session; the tests' own environment stays as it is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(settings.HOME, str(prefect_home))
        patch.delenv(settings.API, raising=False)
        settings.settle(prefect_home)
        with server.running() as shared:
            shared.await_ready()
            (made := prefect_home.with_name("made")).mkdir()
            with (  # the server writes meanwhile: its files, copied one by one, would not belong together
                closing(sqlite3.connect(prefect_home / DATABASE)) as live,
                closing(sqlite3.connect(made / DATABASE)) as copy,
            ):
                live.backup(copy)
            yield shared.url


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """The toy project with a Prefect of its own, which is made at the first run."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "DVC_"))}
    env["PYTHONPATH"] = str(ROOT)
    env["DVC_NO_ANALYTICS"] = "1"
    for command in ("git init -q", f"{sys.executable} -m dvc init -q"):
        subprocess.run(command.split(), cwd=tmp_path, env=env, check=True)
    (tmp_path / "stage.py").write_text(STAGE)
    (tmp_path / "dvc.yaml").write_text(dvc_yaml())
    shutil.copy(ROOT / "params.yaml", tmp_path)
    return Project(tmp_path, env)


@pytest.fixture
def quick(project: Project, api: str) -> Project:
    """The toy project with the server that all tests share."""
    return Project(project.root, {**project.env, settings.API: api})


@pytest.fixture
def own_server(project: Project, api: str, prefect_home: Path) -> Project:
    """The toy project with a server of its own, over a database that is made already."""
    assert api
    shutil.copytree(prefect_home.with_name("made"), project.root / ".prefect")
    return project


def living(processes: Iterable[psutil.Process], seconds: float = SOON) -> list[psutil.Process]:
    """Those that still live after so many seconds at most; a zombie does not live, it waits to be counted."""
    deadline = time.monotonic() + seconds
    while alive := [process for process in processes if lives(process)]:
        if time.monotonic() > deadline:
            return alive
        time.sleep(0.02)
    return []


def lives(process: psutil.Process) -> bool:
    """Whether it runs, and is the one that was looked at."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.fixture
def tree() -> Iterator[Callable[[int], list[psutil.Process]]]:
    """A look at a process with all below it; whatever of it still lives after the test is killed."""
    seen: list[psutil.Process] = []

    def look(pid: int) -> list[psutil.Process]:
        top = psutil.Process(pid)
        seen[:] = [top, *top.children(recursive=True)]
        return seen

    yield look
    for process in seen:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGKILL)


@pytest.fixture
def fresh_child(monkeypatch: pytest.MonkeyPatch) -> None:
    """Children of this test are unknown to other tests, and so is that they were stopped."""
    monkeypatch.setattr(child, "_stopping", type(child._stopping)())
    monkeypatch.setattr(child, "_live", set())
