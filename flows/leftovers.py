"""What a killed DVC leaves behind and does not always mend itself: its table of locks, and a half-written dvc.lock.

DVC's own repository lock is an flock, which the kernel releases with the process. The table of who reads and writes
which path (.dvc/tmp/rwlock) outlives it: DVC drops entries whose pid is gone, but waits for ever once that pid
belongs to another program, and refuses a table that was cut off. dvc.lock is written in place, so a kill can cut that
off too.
"""

import fcntl
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import yaml

from tasks.core.errors import UserError

Entry = dict[str, Any]  # {"pid": int, "cmd": str}
Table = dict[str, Any]  # {"write": {path: Entry}, "read": {path: [Entry, ...]}}


def repair(root: Path, kept: Path) -> list[str]:
    """Mend both before a run; returns what was done, in words. `kept` is the last whole dvc.lock, see `keep`."""
    return [*_repair_table(root / ".dvc" / "tmp"), *_repair_lock_file(root / "dvc.lock", kept)]


def keep(root: Path, kept: Path) -> None:
    """Remember the dvc.lock as it is, whole, after a stage."""
    lock = root / "dvc.lock"
    if not whole(lock):
        return
    part = kept.with_suffix(".part")
    shutil.copyfile(lock, part)
    part.replace(kept)


def whole(lock: Path) -> bool:
    """Whether the file is a dvc.lock to its last line, as far as YAML can tell."""
    try:
        content = yaml.safe_load(lock.read_text())
    except (FileNotFoundError, yaml.YAMLError, UnicodeDecodeError):
        return False
    stages = content.get("stages") if isinstance(content, dict) else None
    return isinstance(stages, dict) and all(isinstance(stage, dict) and "cmd" in stage for stage in stages.values())


def living(table: Table, alive: Callable[[Entry], bool]) -> Table:
    """The table without the entries of processes that are gone."""
    write = {path: entry for path, entry in table.get("write", {}).items() if alive(entry)}
    read = {path: [entry for entry in entries if alive(entry)] for path, entries in table.get("read", {}).items()}
    return {"write": write, "read": {path: entries for path, entries in read.items() if entries}}


def runs_dvc(entry: Entry) -> bool:
    """Whether the entry's pid still belongs to a DVC process, and not to a later one with the same number."""
    try:
        return any("dvc" in word for word in psutil.Process(entry["pid"]).cmdline())
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:  # another user's: assume the best of it
        return True


def _repair_table(folder: Path) -> Iterator[str]:
    path = folder / "rwlock"
    if not path.is_file():
        return
    with _guarded(folder / "rwlock.lock") as ours:
        if not ours:  # a DVC process edits it at this moment, so it is in good hands
            return
        try:
            table = json.loads(path.read_text())
        except json.JSONDecodeError:
            path.unlink()
            yield "removed DVC's table of locks, which a killed run had cut off"
            return
        mended = living(table, runs_dvc)
        if mended != {"write": {}, "read": {}} | table:
            path.write_text(json.dumps(mended))
            yield "removed the locks of a killed run from DVC's table"


def _repair_lock_file(lock: Path, kept: Path) -> Iterator[str]:
    if not lock.exists() or whole(lock):
        return
    if not kept.exists():
        raise UserError(f"{lock.name} was cut off; restore it with: git checkout {lock.name} (or remove it)")
    shutil.copyfile(kept, lock)
    yield f"restored {lock.name}, which a killed run had cut off"


@contextmanager
def _guarded(path: Path) -> Iterator[bool]:
    """Hold DVC's guard of its table if it is free; gives whether it is held."""
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
