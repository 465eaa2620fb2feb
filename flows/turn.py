"""One flow at a time in one project, and the note by which the next run knows that the last one was killed.

An flock on a file beside Prefect's database: the kernel releases it with the process, however that ends.
"""

import fcntl
from typing import TextIO

from flows import child, console, settings

_held: list[TextIO] = []


def take() -> None:
    """Wait for the turn of this process and keep it to the end of the process; raises StoppedError when that comes."""
    if _held:
        return
    settings.home().mkdir(parents=True, exist_ok=True)
    file = (settings.home() / "turn.lock").open("a+")
    told = False
    while not _lock(file):
        if not told:
            console.say("waiting for another run in this project to end")
            told = True
        child.pause(0.3)
    _held.append(file)


def _lock(file: TextIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def begin(run_id: str) -> str | None:
    """Note the flow run that begins; returns the one that was killed before it could call `end`, if there is one."""
    note = settings.home() / "running"
    killed = note.read_text() if note.exists() else None
    note.write_text(run_id)
    return killed


def end() -> None:
    """The flow run has ended in the ordinary way, well or not."""
    (settings.home() / "running").unlink(missing_ok=True)
