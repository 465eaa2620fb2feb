"""Child processes that end with the process that started them.

Every command runs under a small keeper: this same file, run as a script. The keeper leads a session of its own, so
that Ctrl-C in a terminal does not reach the command, and its standard input is a pipe from its parent. When the parent
asks (SIGTERM), or dies in any way, kill -9 included (the pipe closes), the keeper ends the command with all its
descendants: SIGTERM first, SIGKILL after `GRACE` seconds. On Linux it also adopts descendants that detached
themselves, so that none can escape; elsewhere it ends the command's process group.

The state (which children live, whether the process is stopping) is held here, in a module without flows or tasks:
Prefect pickles those by value when it serves them, and each copy would have state of its own.
Only the standard library is imported, so that a keeper starts in about 20 ms.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

GRACE = 1.0  # seconds between SIGTERM and SIGKILL
KILLED = 128  # a shell's convention: 128 + the signal that ended the command
PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h

_live: set[subprocess.Popen[str]] = set()
_guard = threading.Lock()
_stopping = threading.Event()


class StoppedError(RuntimeError):
    """The command was ended, or never begun, because this process is stopping."""


def start(
    command: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    output: int | IO[str] = subprocess.PIPE,
    files: Sequence[int] = (),
) -> subprocess.Popen[str]:
    """Start `command` under a keeper, both outputs joined, no input; SIGTERM to the result ends the whole tree.

    `files` are descriptors that it has as well, under the same numbers.
    """
    return subprocess.Popen(
        [sys.executable, "-I", "-S", str(Path(__file__).resolve()), *command],
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=subprocess.STDOUT,
        env=env,
        text=True,
        errors="replace",
        pass_fds=files,
        start_new_session=True,
    )


def run(command: Sequence[str], on_line: Callable[[str], None], *, env: Mapping[str, str] | None = None) -> int:
    """Run `command` to its end, give each line of its output to `on_line` as it comes, return the exit code.

    A command that a signal ended gives 128 + the signal. Raises StoppedError once `stop_all` was called.
    """
    with _listed(command, env) as process:
        assert process.stdout is not None
        for line in process.stdout:
            on_line(line.rstrip())
        code = process.wait()
    if _stopping.is_set():
        raise StoppedError(f"stopped: {' '.join(command)}")
    return code


def stop_all() -> None:
    """Ask every running child to end, and refuse new ones from now on. Returns at once."""
    _stopping.set()
    with _guard:
        for process in _live:
            process.terminate()


def pause(seconds: float) -> None:
    """Sleep; raises StoppedError as soon as `stop_all` is called."""
    if _stopping.wait(seconds):
        raise StoppedError("stopped while waiting")


def stop(process: subprocess.Popen[str]) -> None:
    """End one process that `start` gave, with its descendants, within GRACE and a little more."""
    process.terminate()
    try:
        process.wait(GRACE + 0.5)
    except subprocess.TimeoutExpired:  # a busy machine holds the keeper up: its tree does not outlive it
        for pid in [*descendants(process.pid), process.pid]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()
    _close_pipes(process)


@contextlib.contextmanager
def _listed(command: Sequence[str], env: Mapping[str, str] | None) -> Iterator[subprocess.Popen[str]]:
    """A started child which `stop_all` knows of."""
    with _guard:
        if _stopping.is_set():
            raise StoppedError(f"not started: {' '.join(command)}")
        process = start(command, env=env)
        _live.add(process)
    try:
        yield process
    finally:
        if process.poll() is None:
            stop(process)
        with _guard:
            _live.discard(process)
        _close_pipes(process)


def _close_pipes(process: subprocess.Popen[str]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(BrokenPipeError):  # the keeper is gone: nothing was left to write
                pipe.close()


# What follows runs in the keeper.


def keep(command: Sequence[str]) -> int:
    """Run `command` until it ends, or the parent asks or dies; leave no descendant; return the exit code."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    wake = _wake_on(signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    try:
        # close_fds: the keeper has no more than what its command is to have.
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, process_group=0, close_fds=False)
    except OSError as fault:
        print(f"cannot start {command[0]}: {fault.strerror}", file=sys.stderr)
        return 127
    _wait_for_end(process, wake)
    end_tree(process)
    return process.returncode if process.returncode >= 0 else KILLED - process.returncode


def _wake_on(*signals: signal.Signals) -> int:
    """Turn `signals` into bytes on a pipe, which a select can wait for together with the parent's pipe."""
    ready, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    for number in signals:
        signal.signal(number, lambda *_: None)
    return ready


def _wait_for_end(process: subprocess.Popen[bytes], wake: int) -> None:
    """Return when the command has ended, when a signal asks for its end, or when the parent is gone."""
    while process.poll() is None:
        readable, _, _ = select.select([wake, sys.stdin], [], [])
        if sys.stdin in readable:
            return  # nobody writes to this pipe: readable means closed
        if set(os.read(wake, 64)) - {signal.SIGCHLD}:
            return


def end_tree(process: subprocess.Popen[bytes]) -> None:
    """End the command and all its descendants: SIGTERM, then SIGKILL after GRACE seconds until none is left."""
    deadline = time.monotonic() + GRACE
    _signal_tree(process, signal.SIGTERM)
    while _alive(process) and time.monotonic() < deadline:
        time.sleep(0.02)
    while _alive(process):
        _signal_tree(process, signal.SIGKILL)
        time.sleep(0.02)


def _signal_tree(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):  # the whole group has ended already
        os.killpg(process.pid, number)
    for pid in descendants(os.getpid()):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def _alive(process: subprocess.Popen[bytes]) -> bool:
    if process.poll() is None:
        return True
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:  # what the keeper adopted; not every container has an init that would
            pass
    return bool(descendants(os.getpid()))


def descendants(root: int) -> list[int]:
    """Pids of the living processes below `root`; empty where there is no /proc."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it ended while we looked
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
            if state not in "ZX":
                children.setdefault(int(parent), []).append(int(stat.parent.name))
    found, ahead = [], [root]
    while ahead:
        below = children.get(ahead.pop(), [])
        found += below
        ahead += below
    return found


if __name__ == "__main__":
    sys.exit(keep(sys.argv[1:]))
