"""The last step of a refresh: the survey, in a process of its own."""

import sys
from pathlib import Path

from prefect import runtime
from prefect.client.schemas import State
from prefect.states import Cancelled

from flows import child, console, graph, settings, turn
from flows.stages import StageError

COMMAND = (sys.executable, "-m", "tasks.survey")
INGEST = Path("data/ingest")


class SurveyError(StageError):
    """The dataset is made and its report is not: said aloud, because the page of an earlier refresh would mislead."""

    def __str__(self) -> str:
        return f"the dataset is made, but not its report: {self.reason}\nrepeat it with: selfie2anime survey"


def look() -> State[None] | None:
    """Run the survey after the stages, so that its failure takes nothing from the dataset; raises SurveyError.

    A dvc.yaml that makes no data/ingest has nothing to be surveyed.
    """
    if not INGEST.is_dir():
        return None
    turn.begin(str(runtime.flow_run.id))
    try:
        code, lines = run()
    except child.StoppedError as stopped:
        return Cancelled(message=str(stopped))
    finally:
        turn.end()
    if code:
        fault = SurveyError("survey", reason(lines, code), code)
        console.say(f"error: {fault}")
        raise fault
    return None


def run() -> tuple[int, list[str]]:
    """Exit code and output of the survey; the output is shown as it comes."""
    lines: list[str] = []

    def hear(line: str) -> None:
        lines.append(line)
        console.stage_says("survey", line)

    return child.run(COMMAND, hear, env=settings.child_env()), lines


def reason(lines: list[str], code: int) -> str:
    """Why it failed: its last words."""
    said = graph.last_words(lines).removeprefix("survey: error: ")
    return said or f"it said nothing and ended with exit code {code}"
