"""A reviewer's place: what is offered, what was decided, and what the others say of it."""

import threading
from collections.abc import Collection, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tasks.core.errors import UserError, require
from tasks.labelling import attributes
from tasks.reviewing import queue
from tasks.reviewing.agreement import agreements
from tasks.reviewing.colleagues import Colleagues
from tasks.reviewing.decisions import ACTS, LABEL, PAIR, Decision, Log, now, standing
from tasks.reviewing.opinions import agreed, of_kind, word
from tasks.reviewing.queue import Item


class Desk:
    """The desk of one reviewer; its methods may be called from several threads."""

    def __init__(
        self, items: Iterable[Item], reviewer: str, folder: Path, overlap: float, frozen: Path | None = None
    ) -> None:
        """`folder` has the logs, and `frozen` what was taken of them; UserError where another process holds this one's.

        What is about as interesting is in another order for every reviewer: two at a time meet late.
        """
        self.reviewer, self.overlap = reviewer, overlap
        self.items = {(item.kind, item.of): item for item in queue.ordered(items, reviewer)}
        name = f"{reviewer}.jsonl"
        self._log = Log(folder / name, frozen / name if frozen else None)
        self._colleagues = Colleagues([frozen, folder] if frozen else [folder], reviewer)
        self._one = threading.Lock()

    def queue(self, kind: str, again: bool = False) -> dict[str, Any]:
        """What is next of a kind, and how much of it is done and skipped; with `again`, what was skipped."""
        items = [item for item in self.items.values() if item.kind == kind]
        left = queue.offered(items, self._mine(kind), self._theirs(kind), self.overlap, again)
        return {"reviewer": self.reviewer, "items": [*map(asdict, left)]} | self.counts(kind)

    def counts(self, kind: str) -> dict[str, int]:
        """How much of a kind is done, and how much of what is up for review is skipped."""
        mine = self._mine(kind)
        skipped = sum(said.act == "skip" and (kind, of) in self.items for of, said in mine.items())
        return {"done": sum(said.act != "skip" for said in mine.values()), "skipped": skipped}

    def open(self, kind: str, of: str) -> bool:
        """Whether it is still to be asked: another may have decided it since it was put on the page."""
        return queue.share(of) < self.overlap or of in self._mine(kind) or of not in self._theirs(kind)

    def faces(self, kind: str, of: str) -> tuple[str, ...]:
        """The faces that the page shows of it; none for what is not up for review."""
        item = self.items.get((kind, of))
        return () if item is None else item.faces

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

    def undo(self, kind: str, of: str, at: str) -> Item | None:
        """Take the decision of that time about a thing back; the thing, None where it is up for review no more.

        UserError where it does not stand: another page of this reviewer has taken it back, or decided again.
        """
        with self._one:
            holds = standing(self._log.decisions).get((kind, of))
            gone = f"this {kind} was decided elsewhere meanwhile; nothing was taken back, load the page again"
            require(holds is not None and holds.at == at, gone)
            self._log.append(Decision(now(), kind, of, "undo"))
        return self.items.get((kind, of))

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

    def _mine(self, kind: str) -> dict[str, Decision]:
        """What holds of this reviewer's, by what it is about."""
        return {of: said for (about, of), said in standing(self._log.decisions).items() if about == kind}

    def _theirs(self, kind: str) -> Collection[str]:
        """What others have decided."""
        return of_kind(self._colleagues.logs(), kind).keys()

    def _logs(self) -> dict[str, list[Decision]]:
        """Everybody's decisions as they are now."""
        return {**self._colleagues.logs(), self.reviewer: list(self._log.decisions)}
