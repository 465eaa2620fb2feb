"""The command `selfie2anime`.

    selfie2anime run         refresh, then retrain
    selfie2anime refresh     take in new batches and make the dataset
    selfie2anime retrain     fine-tune, stylise, evaluate
    selfie2anime survey      what is in the dataset, and what changed since the last refresh
    selfie2anime export      hand the dataset over, for other tools to load
    selfie2anime stylize     draw pictures of your own
    selfie2anime report      what the last run gave, and where the report is
    selfie2anime label-sheet the least certain labels, to correct by hand
    selfie2anime review      accept or reject candidate pairs and uncertain labels, in a page of this machine
    selfie2anime promote     make the judged generator a release, to hold the next one against
    selfie2anime studio      try a photo, in a page of this machine
    selfie2anime serve       refresh and retrain on the schedule in params.yaml
    selfie2anime models      the models the project knows, their licences, where they are
    selfie2anime doctor      what this machine and this project bring along

Exit codes: 0 done; 1 a stage or the server failed; 2 something for you to mend in params.yaml or the sources;
130 Ctrl-C, 143 SIGTERM.
"""

import argparse
import gc
import importlib
import os
import signal
import sys
import threading
import traceback
import webbrowser
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from types import FrameType

from flows import (
    child,
    console,
    drawing,
    exporting,
    graph,
    labelling,
    outcome,
    promoting,
    reviewing,
    server,
    settings,
    trying,
    turn,
)
from tasks.core.errors import UserError

LAST_MOMENT = 2.5  # seconds after the signal at which the process ends, whatever it is doing
TO_RECORD = 1.5  # seconds which a stopped flow gets to tell the server how it ended


class SignalledError(BaseException):
    """A signal asked for the end; not an Exception, so that nothing on the way takes it for a fault."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and end the process with its exit code."""
    chosen = parser().parse_args(arguments)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    code = guarded(chosen)
    sys.stdout.flush()
    sys.stderr.flush()
    # Prefect's threads would take another second to end on their own, and what they held is sent.
    os._exit(code)


def parser() -> argparse.ArgumentParser:
    """The arguments of every command."""
    usage, _, codes = (__doc__ or "").partition("Exit codes: ")
    lines = usage.splitlines()
    top = argparse.ArgumentParser("selfie2anime", epilog=f"Exit codes: {codes}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    helps = {words[1]: " ".join(words[2:]) for line in lines if (words := line.split())[:1] == ["selfie2anime"]}
    for name, help_line in helps.items():
        command = commands.add_parser(name, help=help_line, description=help_line)
        if name == "report":
            command.add_argument("--open", action="store_true", help="open the report in the browser")
        if name in OPTIONS:
            OPTIONS[name](command)
    return top


def guarded(chosen: argparse.Namespace) -> int:
    """The exit code of the chosen command; faults a person can act on become one line, others a traceback."""
    try:
        return COMMANDS[chosen.command](chosen)
    except UserError as fault:
        console.say(f"error: {fault}")
        return 2
    except server.ServerError as fault:
        console.say(f"error: {fault}")
        return 1
    except SignalledError as signalled:
        console.say("stopped")
        return child.KILLED + signalled.number
    except Exception:
        traceback.print_exc()
        return 1


def stop(number: int, _frame: FrameType | None) -> None:
    """End the children, and this process within LAST_MOMENT seconds; further signals change nothing."""
    for again in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(again, signal.SIG_IGN)
    child.stop_all()
    last = threading.Timer(LAST_MOMENT, os._exit, [child.KILLED + number])
    last.daemon = True
    last.start()
    raise SignalledError(number)


def perform(chosen: argparse.Namespace) -> int:
    """Run a flow in a thread, so that this one is free for signals; then say what came out."""
    prepare()
    turn.take()
    ahead = graph.plan_ahead()
    with server.running() as api:
        faults: list[BaseException] = []
        over = threading.Event()  # a join that a signal interrupts takes the thread for ended
        threading.Thread(target=run_flow, args=(chosen.command, ahead, api, faults, over), daemon=True).start()
        try:
            stages = list(ahead.result().graph)  # a fault in the configuration shows here, before any stage
            over.wait()
        except SignalledError:
            over.wait(TO_RECORD)
            raise
    if faults:
        return exit_code(faults[0])
    print(outcome.summary(stages, settings.home()))
    return 0


def run_flow(
    name: str, ahead: Future[graph.Plan], api: server.Server, faults: list[BaseException], over: threading.Event
) -> None:
    """Import Prefect and the flow of that name, wait for plan and server, run; what goes wrong is put in `faults`."""
    try:
        gc.disable()  # a fifth of the import's time, and nothing in it to collect
        flow = getattr(importlib.import_module(f"flows.{name}"), name)
        sending = importlib.import_module("flows.sending")
        gc.enable()
        if ahead.exception() is None:  # else the caller says it, and no run begins
            api.await_ready()
            with sending.whole(outlived=api.process is None):
                flow()
    except BaseException as fault:
        faults.append(fault)
    finally:
        over.set()


def exit_code(fault: BaseException) -> int:
    """What the failed flow, which has said why, means for the command; raises faults that are not the flow's own."""
    from flows.stages import CONFIGURATION_FAULT, StageError

    if not isinstance(fault, StageError | UserError):
        raise fault
    return 2 if isinstance(fault, UserError) or fault.code == CONFIGURATION_FAULT else 1


def report(chosen: argparse.Namespace) -> int:
    """Print what the last run gave; with --open, show the report."""
    prepare()
    print(outcome.summary(list(graph.read()), settings.home()))
    if chosen.open and outcome.PAGE.is_file():
        webbrowser.open(outcome.PAGE.resolve().as_uri())
    return 0 if outcome.PAGE.is_file() else 1


def survey(_chosen: argparse.Namespace) -> int:
    """Look through the dataset; print where its report is."""
    from tasks import survey

    prepare()
    survey.main()
    print(survey.PAGE.resolve())
    return 0


def serve(_chosen: argparse.Namespace) -> int:
    """Run the flows on their schedule until a signal comes."""
    from flows import schedule

    prepare()
    return schedule.serve()


def models(_chosen: argparse.Namespace) -> int:
    """Print the registry of models."""
    from flows import doctor

    rows = doctor.model_rows()
    print(outcome.table(rows, words=list(rows[0])))
    return 0


def examine(_chosen: argparse.Namespace) -> int:
    """Print what the machine and the project bring along; 1 when something needs a remedy."""
    from flows import doctor

    settings.settle(Path())
    findings = doctor.examine(Path())
    print(doctor.report(findings))
    return int(any(finding.remedy for finding in findings))


def prepare() -> None:
    """Check that this is the project's folder, and settle Prefect's and DVC's environment."""
    if not Path("dvc.yaml").is_file():
        raise UserError(f"{Path.cwd()} has no dvc.yaml; run this in the project's folder")
    settings.settle(Path())


OPTIONS: dict[str, Callable[[argparse.ArgumentParser], None]] = {
    "export": exporting.add_options,
    "label-sheet": labelling.add_options,
    "promote": promoting.add_options,
    "review": reviewing.add_options,
    "studio": trying.add_options,
    "stylize": drawing.add_options,
}
COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "run": perform,
    "refresh": perform,
    "retrain": perform,
    "survey": survey,
    "export": exporting.perform,
    "stylize": drawing.perform,
    "label-sheet": labelling.perform,
    "review": reviewing.perform,
    "studio": trying.perform,
    "promote": promoting.perform,
    "report": report,
    "serve": serve,
    "models": models,
    "doctor": examine,
}

if __name__ == "__main__":
    main()
