"""A reviewer's place: what is offered, what was decided, and what the others say of it."""

import threading
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tasks.core.errors import UserError, require
from tasks.faces import attributes
from tasks.reviewing import queue
from tasks.reviewing.agreement import agreements
from tasks.reviewing.decisions import ACTS, LABEL, PAIR, Decision, Log, logs, now, standing
from tasks.reviewing.opinions import agreed, of_kind, word
from tasks.reviewing.queue import Item


class Desk:
    """The desk of one reviewer; its methods may be called from several threads."""

    def __init__(self, items: Iterable[Item], reviewer: str, folder: Path, overlap: float) -> None:
        """`folder` has the logs; UserError where another process holds this reviewer's."""
        self.reviewer, self.overlap, self.folder = reviewer, overlap, folder
        self.items = {(item.kind, item.of): item for item in items}
        self._log = Log(folder / f"{reviewer}.jsonl")
        self._one = threading.Lock()

    def queue(self, kind: str, again: bool = False) -> dict[str, Any]:
        """What is next of a kind, and how much of it is done and skipped; with `again`, what was skipped."""
        mine = {of: said for (about, of), said in standing(self._log.decisions).items() if about == kind}
        theirs = {name: said for name, said in self._logs().items() if name != self.reviewer}
        items = [item for item in self.items.values() if item.kind == kind]
        left = queue.offered(items, mine, of_kind(theirs, kind).keys(), self.overlap, again)
        skipped = sum(item.of in mine and mine[item.of].act == "skip" for item in items)
        done = sum(said.act != "skip" for said in mine.values())
        return {"reviewer": self.reviewer, "items": [*map(asdict, left)], "done": done, "skipped": skipped}

    def decide(self, kind: str, of: str, act: str, value: str) -> Decision:
        """Store a decision; when this returns it is on disk. UserError for one that cannot be."""
        item = self.items.get((kind, of))
        if item is None:
            raise UserError(f"{kind} {of!r} is not up for review; load the page again")
        known = act in ACTS[kind] and act != "undo"
        require(known, f"{act!r} is no decision about a {kind}; use {', '.join(ACTS[kind][:-1])}")
        if kind == LABEL and act == "accept":
            fault = attributes.fault(of.partition("/")[2], value)
            require(fault is None, f"{fault}")
        else:
            require(value in ("", *item.options), f"{value!r} is no reason; use {', '.join(item.options)}")
        return self._append(Decision(now(), kind, of, act, value))

    def undo(self, kind: str) -> dict[str, Any] | None:
        """Take the last standing decision about a kind back; what it was about, None where there is none."""
        with self._one:
            last = [said for said in standing(self._log.decisions).values() if said.kind == kind][-1:]
            if not last:
                return None
            self._log.append(Decision(now(), kind, last[0].of, "undo"))
        item = self.items.get(last[0].key)
        return {"of": last[0].of, "was": last[0].act, "item": asdict(item) if item else None}

    def agreement(self) -> dict[str, Any]:
        """How far every two reviewers agree, and what they disagree on."""
        said = self._logs()
        return {
            "agreements": [vars(found) | {"enough": found.enough} for found in agreements(said)],
            "disagreements": [
                {"kind": kind, "of": of, "said": {name: word(one) for name, one in held.items()}, "item": asdict(item)}
                for kind in (PAIR, LABEL)
                for of, held in of_kind(said, kind).items()
                if agreed(held) is None and (item := self.items.get((kind, of)))
            ],
        }

    def close(self) -> None:
        """Let another process be this reviewer."""
        self._log.close()

    def _append(self, decision: Decision) -> Decision:
        with self._one:
            self._log.append(decision)
        return decision

    def _logs(self) -> dict[str, list[Decision]]:
        """Everybody's decisions as they are now: others may review at the same time."""
        return logs(self.folder) | {self.reviewer: list(self._log.decisions)}
