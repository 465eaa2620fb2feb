"""The decisions of a reviewer: a log of JSON lines that only grows, each line on disk before anybody is answered."""

import fcntl
import json
import os
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tasks.core.errors import UserError, require
from tasks.core.stage import log

LIVE = Path("data/reviews")  # what people add to
REVIEWS = Path("data/sources/reviews")  # what stages read: tasks.reviewing.snapshot of it
PAIR, LABEL = "pair", "label"
ACTS = {PAIR: ("accept", "reject", "skip", "undo"), LABEL: ("accept", "skip", "undo")}
NAME = re.compile(r"\w[\w.-]{0,39}")
FACE = r"[0-9a-f]{16}-\d+"
ABOUT = {PAIR: re.compile(f"{FACE}/{FACE}"), LABEL: re.compile(rf"{FACE}/\w+")}

Key = tuple[str, str]  # kind, and what of that kind


@dataclass(frozen=True)
class Decision:
    """One line of a log.

    at: ISO time, UTC. kind: pair | label. of: <photo's face_id>/<drawing's>, or <face_id>/<attribute>.
    act: accept | reject | skip | undo; undo takes the last other act about the same thing back.
    value: what a label is, as confirmed or chosen; why a pair is rejected, "" where that is not said.
    """

    at: str
    kind: str
    of: str
    act: str
    value: str = ""

    @property
    def key(self) -> Key:
        """What it is about."""
        return self.kind, self.of


def now() -> str:
    """The time for a new decision."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def reviewer(name: str) -> str:
    """The name as it stands in the log's file name; UserError for one that makes no safe file name."""
    plain = unicodedata.normalize("NFC", name)
    fault = f"--reviewer is {name!r}; use up to 40 letters, digits, '.', '-' and '_', with a letter or digit first"
    require(NAME.fullmatch(plain) is not None, fault)
    return plain


def files(folder: Path) -> list[Path]:
    """The logs in a folder, by name; none where there is no folder. A file that is named after nobody is left out."""
    found = sorted(folder.glob("*.jsonl"))
    for path in found:
        if not NAME.fullmatch(path.stem):
            log.warning("%s is left out: its name is no reviewer's", path)
    return [path for path in found if NAME.fullmatch(path.stem)]


def logs(folder: Path) -> dict[str, list[Decision]]:
    """Reviewer -> decisions in order, of every log in the folder; none where there is no folder."""
    return {path.stem: read(path) for path in files(folder)}


def whole(path: Path) -> bytes:
    """A log up to its last whole line, newline included; nothing where there is no log."""
    lines, _ = _lines(path.read_bytes() if path.is_file() else b"")
    return b"".join(line + b"\n" for line in lines)


def read(path: Path) -> list[Decision]:
    """The decisions of a log; a torn last line is left out with a warning, a bad one before it is a UserError."""
    lines, torn = _lines(path.read_bytes() if path.is_file() else b"")
    if torn:
        log.warning("%s: its last line was cut off while it was written, and is left out: %r", path, torn[:80])
    return [_decision(path, number, line) for number, line in enumerate(lines, 1)]


def standing(decisions: Iterable[Decision]) -> dict[Key, Decision]:
    """What holds of each thing in the end, the one decided last at the end."""
    acts: dict[Key, list[Decision]] = {}
    for decision in decisions:
        before = acts.pop(decision.key, [])  # put back at the end: the order is that of the last word
        if decision.act == "undo":
            before = before[:-1]
        else:
            before.append(decision)
        if before:
            acts[decision.key] = before
    return {key: said[-1] for key, said in acts.items()}


class Log:
    """A reviewer's log, open for more; one process at a time holds it, and no kill takes a line from it."""

    def __init__(self, path: Path, frozen: Path | None = None) -> None:
        """Open the log, or begin it with what is frozen of it; a torn last line is moved beside it.

        UserError where another process holds it.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._file = path.open("ab", buffering=0)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            read(path)
            self._mend()
            self._resume(whole(frozen) if frozen else b"")
            self.decisions = read(path)
        except BlockingIOError:
            self._file.close()
            raise UserError(f"{path.stem} is reviewing already; end that one or give another --reviewer") from None
        except UserError:
            self._file.close()
            raise
        _sync_folder(path.parent)

    def append(self, decision: Decision) -> None:
        """Add a decision; when this returns it is on disk, and when it raises nothing of it is.

        Raises OSError for a disk that is full, UserError where another file has taken the log's place.
        """
        self._check_place()
        size = os.fstat(self._file.fileno()).st_size
        line = json.dumps(vars(decision), ensure_ascii=False).encode() + b"\n"
        try:
            written = self._file.write(line)
            if written != len(line):
                raise OSError(f"{self.path} took {written} of {len(line)} bytes; is the disk full?")
            os.fsync(self._file.fileno())
        except OSError:
            os.truncate(self._file.fileno(), size)
            raise
        self._check_place()  # it may have been replaced meanwhile, and the line is in what nobody reads
        self.decisions.append(decision)

    def close(self) -> None:
        """Let another process have it."""
        self._file.close()

    def _check_place(self) -> None:
        """UserError where the name no longer leads to the open file: after a checkout, a sync, a removal."""
        held = os.fstat(self._file.fileno())
        same = self.path.is_file() and os.path.samestat(held, self.path.stat())
        require(same, f"not saved: {self.path} was replaced or removed; end `selfie2anime review` and start it again")

    def _resume(self, frozen: bytes) -> None:
        """Take over what is frozen and not here: a new clone has only that."""
        held = self.path.read_bytes()
        if frozen.startswith(held):
            self._file.write(frozen[len(held) :])

    def _mend(self) -> None:
        """Set a torn last line aside; end one that lacks nothing but its newline."""
        data = self.path.read_bytes()
        _, torn = _lines(data)
        if torn:
            with self.path.with_suffix(".torn").open("ab") as aside:
                aside.write(torn + b"\n")
            os.truncate(self._file.fileno(), len(data) - len(torn))
        elif data and not data.endswith(b"\n"):
            self._file.write(b"\n")


def _lines(data: bytes) -> tuple[list[bytes], bytes]:
    """The whole lines, and what is left of a torn one."""
    *lines, last = data.split(b"\n")
    if last and _parsed(last):
        return [*lines, last], b""
    return lines, last


def _decision(path: Path, number: int, line: bytes) -> Decision:
    if found := _parsed(line):
        return found
    raise UserError(f"{path} line {number} is {line[:200]!r}, which is no decision; mend or delete the line")


def _parsed(line: bytes) -> Decision | None:
    """The decision of a line, None where it is none."""
    try:
        found = Decision(**json.loads(line))
    except (ValueError, TypeError):
        return None
    texts = all(isinstance(value, str) for value in vars(found).values())
    good = texts and found.act in ACTS.get(found.kind, ()) and ABOUT[found.kind].fullmatch(found.of)
    return found if good else None


def _sync_folder(folder: Path) -> None:
    """A new file's name is on disk only with its folder."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
