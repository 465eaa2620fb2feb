"""What stops a training: numbers that are none, a loss that runs away, memory or disk that ran out.

Each ends in a UserError with the cause, the step and what to change; the last good checkpoint stays.
"""

import errno
import math
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from tasks.core.errors import UserError, out_of_memory
from tasks.training.plan import Plan

Row = dict[str, float]
BLOCK = 25  # steps over which a loss is averaged: a single odd batch is no fault
RUNAWAY = 4.0  # times the largest mean of the training's first part
FLOOR = 0.1  # a loss is not said to run away from less than this
FIRST = 4  # blocks that the first part has at least
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
KEPT = "the last good checkpoint is kept: the same settings go on from it, others start over"


def check_finite(values: Row, step: int, plan: Plan) -> None:
    """Raise UserError where one of the values of step `step` (1 ...) is no number."""
    wrong = [f"{name} is {value}" for name, value in values.items() if not math.isfinite(value)]
    if wrong:
        raise UserError(
            f"training left the numbers at step {step}: {', '.join(wrong)}; lower {plan.section}.lr (now {plan.lr}) "
            f"or set {plan.section}.precision: fp32; {KEPT}"
        )


class Watch:
    """Follows every loss in blocks of steps; a function of the history, so that a resumed training sees as much."""

    def __init__(self, plan: Plan, total: int) -> None:
        self._plan = plan
        self._ramp = math.ceil(total * plan.face_ramp)  # till then losses may grow
        self._usual: dict[str, list[float]] = {}  # the means of a loss's own first part, whenever it begins

    def look(self, history: list[Row]) -> None:
        """Raise UserError where a loss of the last block is far beyond what it was in its first part."""
        if len(history) % BLOCK:
            return
        block = history[-BLOCK:]
        for name in set(block[0]) - {"step", "lr"}:
            if all(name in row for row in block):
                self._judge(name, sum(abs(row[name]) for row in block) / BLOCK, len(history))

    def _judge(self, name: str, mean: float, step: int) -> None:
        first = self._usual.setdefault(name, [FLOOR])
        if len(first) <= FIRST or step <= self._ramp:
            first.append(mean)
        elif mean > RUNAWAY * max(first):
            raise UserError(
                f"{name} runs away: {mean:.3g} on average up to step {step}, at most {max(first):.3g} at its start; "
                f"lower {self._plan.section}.lr (now {self._plan.lr}) or weights.{name}; {KEPT}"
            )

    def recall(self, history: list[Row]) -> None:
        """Look at all of a resumed training's history."""
        for length in range(BLOCK, len(history) + 1, BLOCK):
            self.look(history[:length])


@contextmanager
def memory(plan: Plan, step: int, size: int) -> Iterator[None]:
    """Turn memory that ran out at a step (1 ...) with frames of `size` pixels into a UserError."""
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError, RuntimeError) as fault:
        if not isinstance(fault, torch.OutOfMemoryError) and not out_of_memory(fault):
            raise
        raise UserError(
            f"memory ran out at step {step}, with {plan.batch // plan.accumulate} pictures of {size} pixels at once; "
            f"raise {plan.section}.accumulate (now {plan.accumulate}), or lower its batch (now {plan.batch}) or sizes; "
            f"{KEPT}"
        ) from fault


@contextmanager
def disk(path: object, step: int) -> Iterator[None]:
    """Turn a full disk or quota at a step into a UserError."""
    try:
        yield
    except OSError as fault:
        if fault.errno not in NO_ROOM:
            raise
        raise UserError(
            f"no room for {path} at step {step} ({fault.strerror}); free some space and start again: {KEPT}"
        ) from fault
