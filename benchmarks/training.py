"""How fast generators learn, critic, losses and pictures included: reports/benchmarks/training.md.

`python -m benchmarks.training`: generated faces at 256 pixels (512 too on a GPU), every precision this machine has, and
the share of the machine's own rate of multiplying matrices. `--compile` measures torch.compile beside.
"""

import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path

import torch
from accelerate import Accelerator

from benchmarks.loader import write
from tasks.bench import machine
from tasks.core import manifest
from tasks.core.params import parse
from tasks.nets import architectures
from tasks.training import recipes, run
from tasks.training.batch import Batch
from tasks.training.loop import Training
from tasks.training.plan import Plan
from tasks.training.precision import bf16_supported
from tasks.training.stream import Stream

OUT = Path("reports/benchmarks/training.md")
FACES, WARM, STEPS = 200, 2, 6
BATCHES = {"animeganv2": 4, "student": 8}
FLOATS = {"animeganv2": 52.5e9, "student": 4.4e9}  # of one forward pass at 256 x 256, a multiply-add as two
MATRIX = {"cpu": 2048, "cuda": 8192}  # side of the matrices whose product tells the machine's rate


def main() -> None:
    """Measure and write the table."""
    device = Accelerator().device
    sizes = (256, 512) if device.type == "cuda" else (256,)
    precisions = ["fp32", *(["bf16"] if bf16_supported(device) else [])]
    compiled = (False, True) if "--compile" in sys.argv else (False,)
    lines = [
        "| generator | side | batch | precision | compiled | images/s | loader, share of a step | matrix rate, share |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            write(Path(folder), size, FACES)
            lines += [
                row(Path(folder), architecture, size, precision, compile_)
                for architecture in BATCHES
                for precision in precisions
                for compile_ in compiled
            ]
    rates = ", ".join(f"{name} {rate(device, kind) / 1e9:.0f} GFLOP/s" for name, kind in _kinds(precisions))
    text = f"""# Training

{machine()} Also torch {version("torch")}, accelerate {version("accelerate")}; device {_named(device)}.

The preset `default` (for the student `student` with the same losses): generator, critic, losses on pixels and faces,
both optimisers, pictures read and varied in the same process. The median of {STEPS} steps after {WARM}. The matrix
rate is that of products of square matrices ({rates}); its share counts the generator's own arithmetic,
three times a forward pass, and nothing else that a step does.

"""
    text += "\n".join(lines) + "\n"
    with manifest.whole(OUT) as part:
        part.write_text(text)
    print(text)


def row(folder: Path, architecture: str, size: int, precision: str, compile_: bool) -> str:
    """A line of the table."""
    batch = BATCHES[architecture]
    given = {"architecture": architecture, "steps": WARM + STEPS, "batch": batch, "sizes": [size], "cutouts": 0.0}
    given |= {"compile": compile_, "precision": precision, "threads": torch.get_num_threads()}
    plan = parse("finetune", Plan.complete(given), Plan)
    stream = Stream(plan, True, align=folder / "align", teacher=folder / "teacher", pair=folder / "pair.parquet")
    step, loading = timed(plan, stream)
    own = 3 * FLOATS[architecture] * (size / 256) ** 2 * batch / step
    share = own / rate(Accelerator().device, torch.bfloat16 if precision == "bf16" else torch.float32)
    told = "yes" if compile_ else "no"
    numbers = f"{batch / step:.2f} | {loading / step:.1%} | {share:.0%}"
    return f"| {architecture} | {size} | {batch} | {precision} | {told} | {numbers} |"


def timed(plan: Plan, stream: Stream) -> tuple[float, float]:
    """Seconds of a step, pictures included, and of its pictures alone; medians."""
    accelerator = run.machine(plan)
    generator = architectures.new(plan.architecture, plan.seed)
    recipe = recipes.build(plan, generator, "any", accelerator.device)
    training = Training(plan, recipe, stream.total, accelerator, lambda _: None)
    loading: list[float] = []

    def batches(start: int) -> Iterator[Batch]:
        source = stream.batches(start)
        while True:
            began = time.perf_counter()
            batch = next(source, None)
            if batch is None:
                return
            loading.append(time.perf_counter() - began)
            yield batch

    ends = [time.perf_counter()]
    for _ in training.run(batches):
        if accelerator.device.type == "cuda":
            torch.cuda.synchronize()
        ends.append(time.perf_counter())
    steps = [after - before for before, after in pairwise(ends)]
    return _median(steps[WARM:]), _median(loading[WARM:])


def rate(device: torch.device, kind: torch.dtype) -> float:
    """Floating-point operations per second of a product of large matrices, the best of five."""
    side = MATRIX[device.type]
    a, b = (torch.rand(side, side, device=device, dtype=kind) for _ in range(2))
    best = float("inf")
    for _ in range(5):
        began = time.perf_counter()
        a @ b
        if device.type == "cuda":
            torch.cuda.synchronize()
        best = min(best, time.perf_counter() - began)
    return 2 * side**3 / best


def _kinds(precisions: list[str]) -> list[tuple[str, torch.dtype]]:
    return [(name, torch.bfloat16 if name == "bf16" else torch.float32) for name in precisions]


def _named(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else f"CPU, {torch.get_num_threads()} threads"


def _median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


if __name__ == "__main__":
    main()
