import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest

from flows import child
from tests.flows.conftest import SOON, living

pytestmark = pytest.mark.usefixtures("fresh_child")

DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
PARENT = """
import os, sys
sys.path.insert(0, {root!r})
from flows import child
process = child.start([sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"])
process.stdout.readline()
os.write(1, str(process.pid).encode())
os.kill(os.getpid(), 9)
"""


def sh(script: str) -> list[str]:
    return ["sh", "-c", script]


def gone(pids: list[int]) -> bool:
    return not living([process for process in psutil.process_iter() if process.pid in pids])


@pytest.mark.parametrize(
    ("script", "lines", "code"),
    [
        ("echo one; echo two >&2", ["one", "two"], 0),
        ("printf 'a\\rb\\n'; exit 3", ["a", "b"], 3),
        ("kill -KILL $$", [], 128 + signal.SIGKILL),
    ],
)
def test_a_child_gives_its_lines_and_its_exit_code(script: str, lines: list[str], code: int) -> None:
    heard: list[str] = []
    assert child.run(sh(script), heard.append) == code
    assert heard == lines


def test_a_command_that_cannot_start_says_so() -> None:
    heard: list[str] = []
    assert child.run(["/no/such/program"], heard.append) == 127
    assert heard == ["cannot start /no/such/program: No such file or directory"]


def test_what_a_command_leaves_running_ends_with_it() -> None:
    heard: list[str] = []
    assert child.run(sh("setsid sleep 600 >/dev/null 2>&1 & echo $!"), heard.append) == 0
    assert gone([int(heard[0])])


def test_stop_all_ends_the_whole_tree_even_what_is_deaf_to_sigterm_and_refuses_new_children() -> None:
    deaf = threading.Event()
    codes: list[BaseException] = []

    def work() -> None:
        with pytest.raises(child.StoppedError) as raised:
            child.run([sys.executable, "-c", DEAF], lambda _line: deaf.set())
        codes.append(raised.value)

    thread = threading.Thread(target=work)
    thread.start()
    assert deaf.wait(SOON)
    child.stop_all()
    thread.join(SOON)
    assert codes
    with pytest.raises(child.StoppedError, match="not started"):
        child.run(sh("true"), print)
    with pytest.raises(child.StoppedError):
        child.pause(5)


def test_a_keeper_that_is_held_up_leaves_nothing_when_it_is_stopped() -> None:
    process = child.start([sys.executable, "-c", DEAF])
    assert process.stdout is not None
    process.stdout.readline()
    below = child.descendants(process.pid)
    process.send_signal(signal.SIGSTOP)
    child.stop(process)
    assert gone([process.pid, *below])


def test_kill_9_of_the_parent_ends_the_child() -> None:
    root = str(Path(child.__file__).parents[1])
    done = subprocess.run([sys.executable, "-c", PARENT.format(root=root)], capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL
    assert gone([int(done.stdout)])


def test_descendants_are_found_below_their_ancestor() -> None:
    process = child.start(sh("sleep 600 & echo up; wait"))
    assert process.stdout is not None
    process.stdout.readline()
    below = child.descendants(process.pid)
    assert len(below) == 2  # the shell and its sleep
    assert {process.pid, *below} <= set(child.descendants(os.getpid()))  # which has children of other tests as well
    child.stop(process)
    assert gone([process.pid, *below])
