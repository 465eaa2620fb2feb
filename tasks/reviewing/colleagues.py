"""What the other reviewers decided, as it is now: they may be at work at the same time."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from tasks.core.errors import UserError
from tasks.core.stage import log
from tasks.reviewing import decisions
from tasks.reviewing.decisions import Decision

Mark = tuple[int, int, int]  # inode, bytes, nanoseconds: what changes with every line


class Colleagues:
    """The logs of some folders without those of one reviewer; each is read again only after it has changed."""

    def __init__(self, folders: Sequence[Path], without: str) -> None:
        """A log of a later folder stands for one of the same name before it."""
        self._folders, self._without = folders, without
        self._read: dict[Path, tuple[Mark, list[Decision]]] = {}

    def logs(self) -> Mapping[str, list[Decision]]:
        """Reviewer -> decisions; a log that cannot be read is left out with a warning: it is not this reviewer's."""
        paths = {path.stem: path for folder in self._folders for path in decisions.files(folder)}
        return {name: self._lines(path) for name, path in paths.items() if name != self._without}

    def _lines(self, path: Path) -> list[Decision]:
        try:
            now = _mark(path.stat())
            if self._read.get(path, (None,))[0] != now:
                self._read[path] = now, _readable(path)
        except OSError as fault:
            log.warning("%s is left out: %s", path, fault)
            return []
        return self._read[path][1]


def _readable(path: Path) -> list[Decision]:
    try:
        return decisions.read(path)
    except UserError as fault:
        log.warning("%s is left out: %s", path, fault)
        return []


def _mark(found: os.stat_result) -> Mark:
    return found.st_ino, found.st_size, found.st_mtime_ns
