"""The stages of dvc.yaml as Prefect tasks: one task per stage, which asks DVC to make it.

DVC decides what is fresh and Prefect when to run, so Prefect caches nothing. A retry can heal a lock that another DVC
process held too long, and nothing else.
"""

import logging
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from prefect import runtime, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas import State
from prefect.exceptions import TerminationSignal
from prefect.futures import PrefectFuture, wait
from prefect.logging import get_run_logger
from prefect.states import Cancelled

from flows import artifacts, child, console, graph, leftovers, outcome, settings, turn
from tasks.core.errors import UserError

CONFIGURATION_FAULT = 2  # a stage's exit code for what a person has to mend
CRASH = 1
SIGKILL = 9

_EXITED = re.compile(r"failed to run: .*, exited with (-?\d+)$")
_LOCKED = re.compile(r"Unable to acquire lock|is busy, it is being blocked by")
_DVC_SAYS = re.compile(
    r"^(Running stage '|> |Updating lock file|Generating lock file|To track the changes|\tgit add"
    r"|To enable auto staging|\tdvc config core|Use `dvc push`|Stage '.*' (didn't change|is cached)"
    r"|Data and pipelines are up to date|\s*$)"
)


class StageError(RuntimeError):
    """A stage failed: its name, why, and the exit code of its own command. The message names the command to repeat."""

    def __init__(self, stage: str, reason: str, code: int = CRASH) -> None:
        super().__init__(stage, reason, code)  # all of it, so that a pickled copy is whole
        self.stage, self.reason, self.code = stage, reason, code

    def __str__(self) -> str:
        return f"stage {self.stage} failed: {self.reason}\nrepeat it with: {repeat(self.stage)}"


class LockedError(StageError):
    """Another DVC process held what the stage needs; it can be tried again."""


def repeat(stage: str) -> str:
    """The command by which a person makes one stage."""
    return f"dvc repro --single-item {stage}"


def may_heal(_task: Any, _run: Any, state: Any) -> bool:
    """Whether a failed task is worth another try."""
    return isinstance(state.result(raise_on_failure=False), LockedError)


@task(
    task_run_name="{stage}",
    cache_policy=NO_CACHE,
    persist_result=False,
    retries=3,
    retry_delay_seconds=5,
    retry_condition_fn=may_heal,
)
def reproduce(stage: str, fresh: bool) -> None:
    """Let DVC make one stage; `fresh`: DVC said before the run that nothing before it or in it changed."""
    log = get_run_logger()
    if fresh:
        log.info("%s: up to date", stage)
        console.stage_says(stage, "up to date")
    else:
        console.begun(stage)
        began = time.perf_counter()
        lines = make(stage, log)
        leftovers.keep(Path(), settings.home() / "dvc.lock.kept")
        console.stage_says(stage, f"{verdict(lines)} after {time.perf_counter() - began:.1f} s")
    console.ended()


def make(stage: str, log: "logging.Logger | logging.LoggerAdapter[Any]") -> list[str]:
    """Run DVC on one stage, each line to the log and the console; returns the lines, raises StageError."""
    lines: list[str] = []

    def hear(line: str) -> None:
        lines.append(line)
        log.info(line)
        if not _DVC_SAYS.match(line):
            console.stage_says(stage, line)

    code = child.run((*graph.DVC, "repro", "--single-item", stage), hear, env=settings.child_env())
    if code:
        raise fault(stage, lines, code)
    return lines


def verdict(lines: list[str]) -> str:
    """What DVC did, from what it printed."""
    text = "\n".join(lines)
    if re.search(r"^Stage '.*' is cached", text, re.M):
        return "taken from DVC's cache"
    return "up to date" if re.search(r"^Stage '.*' didn't change", text, re.M) else "made"


def fault(stage: str, lines: list[str], code: int) -> StageError:
    """Why the stage failed: the last words of its own command, or else DVC's."""
    if any(map(_LOCKED.search, lines)):
        return LockedError(stage, "another DVC process holds what it needs; wait for it to end")
    exits = [(number, match) for number, line in enumerate(lines) if (match := _EXITED.search(line))]
    if not exits:
        reason = graph.last_words(lines).removeprefix(f"failed to reproduce '{stage}': ")
        return StageError(stage, reason or f"DVC ended with exit code {code} and said nothing")
    number, match = exits[-1]
    code = int(match[1])
    if code in (-SIGKILL, child.KILLED + SIGKILL):
        return StageError(stage, "it was killed (SIGKILL); most often the memory has run out", code)
    own = [line for line in lines[:number] if not _DVC_SAYS.match(line)]
    reason = graph.last_words(own) or f"its command said nothing and ended with exit code {code}"
    return StageError(stage, reason.removeprefix(f"{stage}: error: "), code)


def follow(pick: Callable[[graph.Graph], list[str]]) -> State[None] | None:
    """The body of every flow: make the stages that `pick` names, each after those it waits for, then publish.

    Raises the first StageError in the graph's order; a run that was stopped ends as Cancelled. Whatever happens, no
    child process outlives this call.
    """
    turn.take()
    artifacts.close_killed(turn.begin(str(runtime.flow_run.id)))
    for line in leftovers.repair(Path(), settings.home() / "dvc.lock.kept"):
        console.say(line)
    try:
        plan = graph.take_plan()
        names = pick(plan.graph)
        stale = graph.behind(plan.graph, plan.stale)
        if outcome.JUDGE in stale.intersection(names):
            outcome.remember_metrics(settings.home())
        _make_all(plan.graph, names, stale)
        artifacts.publish(list(plan.graph))
        return None
    except child.StoppedError as stopped:
        return Cancelled(message=str(stopped))
    except (StageError, UserError) as fault:
        console.say(f"error: {fault}")
        raise
    except (KeyboardInterrupt, SystemExit, TerminationSignal):
        child.stop_all()
        raise
    finally:
        turn.end()


def _make_all(waits: graph.Graph, names: list[str], stale: set[str]) -> None:
    futures: dict[str, PrefectFuture[None]] = {}
    with console.bar(len(names)):
        for name in names:
            before = [futures[other] for other in waits[name] if other in futures]
            futures[name] = reproduce.submit(name, name not in stale, return_state=False, wait_for=before)
        wait(list(futures.values()))
    for future in futures.values():
        future.result()
