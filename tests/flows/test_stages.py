import pickle

import pytest

from flows import stages

RUNNING = ["Running stage 'align':", "> python -m tasks.align"]


def exited(code: int) -> str:
    return f"ERROR: failed to reproduce 'align': failed to run: python -m tasks.align, exited with {code}"


@pytest.mark.parametrize(
    ("lines", "reason", "code"),
    [
        ([*RUNNING, "Traceback", "ValueError: no light", "", exited(1)], "ValueError: no light", 1),
        ([*RUNNING, "align: error: align.size is 0; use 64", exited(2)], "align.size is 0; use 64", 2),
        ([*RUNNING, exited(3)], "its command said nothing and ended with exit code 3", 3),
        ([*RUNNING, "align: 1 of 9", exited(-9)], "it was killed (SIGKILL); most often the memory has run out", -9),
        (["ERROR: failed to reproduce 'align': missing data 'source': data/x"], "missing data 'source': data/x", 1),
        ([], "DVC ended with exit code 255 and said nothing", 1),
    ],
)
def test_a_fault_gives_the_reason_and_the_code_of_the_stages_own_command(
    lines: list[str], reason: str, code: int
) -> None:
    fault = stages.fault("align", lines, 255)
    assert (fault.reason, fault.code) == (reason, code)
    assert not isinstance(fault, stages.LockedError)


@pytest.mark.parametrize(
    "line",
    [
        "ERROR: Unable to acquire lock. Most likely another DVC process is running or was terminated abruptly.",
        "ERROR: '/p/data/align' is busy, it is being blocked by:",
    ],
)
def test_only_a_held_lock_can_heal(line: str) -> None:
    assert isinstance(stages.fault("align", [line], 255), stages.LockedError)


def test_the_message_names_stage_reason_and_the_command_to_repeat_also_when_pickled() -> None:
    fault = pickle.loads(pickle.dumps(stages.StageError("align", "no light", 2)))
    assert str(fault) == "stage align failed: no light\nrepeat it with: dvc repro --single-item align"
    assert fault.code == 2


@pytest.mark.parametrize(
    ("line", "verdict"),
    [
        ("Stage 'align' didn't change, skipping", "up to date"),
        ("Stage 'align' is cached - skipping run, checking out outputs", "taken from DVC's cache"),
        ("Running stage 'align':", "made"),
    ],
)
def test_the_verdict_is_what_dvc_did(line: str, verdict: str) -> None:
    assert stages.verdict(["", line]) == verdict
