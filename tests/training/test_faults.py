import subprocess
import sys
from pathlib import Path

import pytest

from tasks.core.errors import UserError
from tasks.training import faults
from tests.training.collection import build
from tests.training.small import GAME, OFF, plan, training

ROOT = Path(__file__).parents[2]


def test_numbers_that_overflow_stop_the_training_with_step_cause_and_remedy(tmp_path: Path) -> None:
    build(tmp_path)
    one, stream = training(plan(architecture="animeganv2", lr=1e30, warmup=0, steps=20, sizes=[32]), tmp_path)
    with pytest.raises(UserError, match=r"left the numbers at step \d+: .* lower finetune\.lr \(now 1e\+30\)"):
        list(one.run(stream.batches))
    assert one.step < 20


def rows(values: list[float]) -> list[faults.Row]:
    return [{"step": i + 1.0, "lr": 1.0, "l1": value} for i, value in enumerate(values)]


def watched(history: list[faults.Row], **changes: object) -> None:
    watch = faults.Watch(plan(steps=1000, **changes), 1000)
    for length in range(1, len(history) + 1):
        watch.look(history[:length])


def test_a_loss_that_runs_away_is_named_with_its_values() -> None:
    history = rows([1.0] * 300 + [5.0] * 25)
    with pytest.raises(UserError, match=r"l1 runs away: 5 on average up to step 325, at most 1 at its start; lower"):
        watched(history)


@pytest.mark.parametrize(
    "values",
    [
        [1.0] * 300 + [50.0] + [1.0] * 24,  # one odd batch
        [i / 200 for i in range(200)] + [1.0] * 200,  # a loss on faces that grows to its weight
        [0.001] * 300 + [0.05] * 50,  # too small to matter
    ],
)
def test_what_is_no_runaway_goes_on(values: list[float]) -> None:
    watched(rows(values))


def test_a_resumed_training_remembers_what_was_usual() -> None:
    history = rows([1.0] * 300)
    watch = faults.Watch(plan(steps=1000), 1000)
    watch.recall(history)
    with pytest.raises(UserError, match="l1 runs away"):
        watch.look(history + rows([9.0] * 25))


OUT_OF_MEMORY = """
import resource, torch
from tasks.core.errors import UserError
from tasks.training import faults
from tests.training.small import plan
with open("/proc/self/statm") as file:
    used = int(file.read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 2**28, used + 2**28))
try:
    with faults.memory(plan(batch=8, accumulate=2), 7, 512):
        torch.zeros(2**30)
except UserError as fault:
    print(fault)
"""


def test_memory_that_ran_out_is_told_with_the_step_and_what_to_change() -> None:
    done = subprocess.run([sys.executable, "-c", OUT_OF_MEMORY], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "memory ran out at step 7, with 4 pictures of 512 pixels at once; raise finetune.accumulate" in done.stdout


def test_another_fault_is_not_called_a_lack_of_memory() -> None:
    with pytest.raises(RuntimeError, match="shapes"), faults.memory(plan(), 1, 32):
        raise RuntimeError("shapes do not fit")


def test_every_loss_of_a_step_is_looked_at() -> None:
    with pytest.raises(UserError, match="identity is nan"):
        faults.check_finite({"l1": 1.0, "identity": float("nan")}, 3, plan(weights=OFF | GAME))


def test_a_loss_that_begins_late_has_a_first_part_of_its_own() -> None:
    history = rows([1.0] * 400)
    for row in history[190:]:
        row["landmarks"] = 0.5
    watched(history)
