"""The reviewers' logs as the stages read them: copies that stand still while people go on deciding.

DVC notes what a stage has read when the stage ends. A decision that came meanwhile would count as taken in, and never
be; so stages read copies, which change before the first of them begins and not while one runs.
"""

from pathlib import Path

from tasks.core import manifest
from tasks.core.errors import require
from tasks.reviewing import decisions


def take(live: Path, frozen: Path) -> list[Path]:
    """Copy each log of `live` that has more, up to its last whole line, into `frozen`; the copies that are new.

    A log that is no longer in `live` stays frozen, so that no decision is lost with a working copy. UserError for a bad
    line, and for a log that lacks lines which were taken in before.
    """
    return [copy for log in decisions.files(live) if _taken(log, copy := frozen / log.name)]


def _taken(log: Path, copy: Path) -> bool:
    decisions.read(log)
    lines, held = decisions.whole(log), decisions.whole(copy)
    fault = f"{log} lacks lines that were taken in before; add those of {copy} to it, or delete {copy}"
    require(lines.startswith(held) or held.startswith(lines), fault)
    if len(lines) <= len(held):
        return False
    with manifest.whole(copy) as part:
        part.write_bytes(lines)
    return True
