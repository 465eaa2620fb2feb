"""What a person sees of a run: a line per event, and on a terminal a bar that stays below them.

The state is held here, in a module without flows or tasks, because stages write from several threads.
"""

import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Never

from tqdm import tqdm

_STEP = re.compile(r"(?:step |epoch )?(?P<number>\d+) of (?P<total>\d+)\b(?! shards to make)")
_BAR = "{desc} |{bar:24}| {elapsed}"

_guard = threading.Lock()
_bars: list["tqdm[Never]"] = []
_done = 0.0


def say(line: str) -> None:
    """Print one line to standard error; the bar, if there is one, stays below."""
    with _guard:
        if _bars:
            tqdm.write(line, file=sys.stderr)
        else:
            print(line, file=sys.stderr, flush=True)


def stage_says(stage: str, line: str) -> None:
    """Print a line of a stage's output; on a terminal '3 of 8' and the like move the bar instead."""
    line = line.removeprefix(f"{stage}: ")
    at = step(line)
    if at and _bars:
        _move(f"{stage} {at[0]}/{at[1]}", at[0] / at[1])
    elif line.strip():
        say(f"{stage:>9} | {line}")


def step(line: str) -> tuple[int, int] | None:
    """How far a stage is, if the line says so: '3 of 8 (shard)', 'step 50 of 100, ...'."""
    found = _STEP.match(line)
    return (int(found["number"]), max(1, int(found["total"]))) if found else None


def begun(stage: str) -> None:
    """A stage begins: its name stands before the bar."""
    _move(stage, 0.0)


def ended() -> None:
    """A stage has ended: the bar moves by a whole stage."""
    global _done
    with _guard:
        _done += 1
    _move("", 0.0)


@contextmanager
def bar(stages: int) -> Iterator[None]:
    """Show a bar over so many stages for the time being, where standard error is a terminal."""
    global _done
    _done = 0.0
    if not sys.stderr.isatty():
        yield
        return
    shown = tqdm(total=stages, bar_format=_BAR, file=sys.stderr, leave=False)
    _bars.append(shown)
    try:
        yield
    finally:
        with _guard:
            _bars.clear()
            shown.close()


def _move(text: str, part: float) -> None:
    with _guard:
        for shown in _bars:
            shown.n = _done + part
            shown.set_description_str(text.ljust(18))
