"""dvc.yaml's own graph, as DVC prints it: which stages there are, what each waits for, which group it belongs to."""

import json
import re
import sys
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from graphlib import TopologicalSorter

from flows import child, settings
from tasks.core.errors import UserError

Graph = dict[str, tuple[str, ...]]  # stage -> the stages it waits for, in topological order

DVC = (sys.executable, "-m", "dvc", "--wait-for-lock")
INVENTORY = (sys.executable, "-m", "tasks.inventory")
FIRST_OF_RETRAIN = "finetune"

_DOT = re.compile(r'^"(?P<stage>[^"]+)"(?: -> "(?P<next>[^"]+)")?;$')


@dataclass(frozen=True)
class Plan:
    """What a run is to do: the graph, and the stages that DVC holds for changed."""

    graph: Graph
    stale: frozenset[str]


def parse(dot: str) -> Graph:
    """The graph in the text that `dvc dag --dot` prints; lines that are no edge and no node are passed over."""
    waits: dict[str, set[str]] = {}
    for match in filter(None, map(_DOT.match, dot.splitlines())):
        waits.setdefault(match["stage"], set())
        if match["next"]:
            waits.setdefault(match["next"], set()).add(match["stage"])
    return in_order(waits)


def in_order(waits: dict[str, set[str]]) -> Graph:
    """Each stage after those it waits for; the same order every time."""
    sorter = TopologicalSorter({stage: sorted(waits[stage]) for stage in sorted(waits)})
    return {stage: tuple(sorted(waits[stage])) for stage in sorter.static_order()}


def retrain_group(graph: Graph) -> list[str]:
    """The stage finetune and all that depends on it, in order; UserError when dvc.yaml has no such stage."""
    if FIRST_OF_RETRAIN not in graph:
        raise UserError(f"dvc.yaml has no stage {FIRST_OF_RETRAIN}; it has {', '.join(graph) or 'none'}")
    group = {FIRST_OF_RETRAIN}
    for stage, waits in graph.items():
        if group.intersection(waits):
            group.add(stage)
    return [stage for stage in graph if stage in group]


def refresh_group(graph: Graph) -> list[str]:
    """All stages that retrain leaves: they make the dataset."""
    later = retrain_group(graph)
    return [stage for stage in graph if stage not in later]


def behind(graph: Graph, stale: Iterable[str]) -> set[str]:
    """The stale stages and all that come after them: what DVC has to look at. The rest is up to date."""
    found = set(stale)
    for stage, waits in graph.items():
        if found.intersection(waits):
            found.add(stage)
    return found


def plan() -> Plan:
    """List the outside sources, then ask DVC for its graph and for what changed. Raises UserError with DVC's reason."""
    _output(INVENTORY)
    with ThreadPoolExecutor(2) as pool:
        graph = pool.submit(read)
        status = pool.submit(_output, (*DVC, "status", "--json"))
    return Plan(graph.result(), frozenset(_changed(status.result())))


def read() -> Graph:
    """The graph of the dvc.yaml in this folder; UserError with DVC's reason, or when it is empty."""
    graph = parse(_output((*DVC, "dag", "--dot")))
    if not graph:
        raise UserError("dvc.yaml holds no stages")
    return graph


_ahead: list[Future[Plan]] = []


def plan_ahead() -> Future[Plan]:
    """Begin to plan while Prefect starts; the run that follows takes this plan."""
    pool = ThreadPoolExecutor(1)
    _ahead[:] = [pool.submit(plan)]
    pool.shutdown(wait=False)
    return _ahead[0]


def take_plan() -> Plan:
    """The plan begun ahead, once; else a new one."""
    return _ahead.pop().result() if _ahead else plan()


def _changed(text: str) -> list[str]:
    """Stages in what `dvc status --json` prints, which may follow warnings."""
    report = next((line for line in reversed(text.splitlines()) if line.startswith("{")), "{}")
    return list(json.loads(report))


def _output(command: tuple[str, ...]) -> str:
    """All that a short command prints; UserError with its reason when it fails, RuntimeError when it crashes."""
    lines: list[str] = []
    code = child.run(command, lines.append, env=settings.child_env())
    if code and command == INVENTORY:
        raise UserError(last_words(lines)) if code == 2 else RuntimeError("\n".join(lines))
    if code:
        raise UserError(complaint(lines) or f"{' '.join(command[1:])} failed")
    return "\n".join(lines)


def complaint(lines: list[str]) -> str:
    """What DVC finds wrong with a file, which takes it several lines; without the quoted source."""
    said = [line.strip() for line in lines if line.strip() and not re.match(r"\s+\d+ ", line)]
    return "\n".join(line.removeprefix("ERROR: ") for line in said if not line.startswith("Having any troubles"))


def last_words(lines: list[str]) -> str:
    """The last line that says something, without DVC's and the stages' own 'error:' in front."""
    said = next((line for line in reversed(lines) if line.strip() and not line.startswith("Having any troubles")), "")
    return re.sub(r"^(ERROR|inventory: error): ", "", said.strip())
