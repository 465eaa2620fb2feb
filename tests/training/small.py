"""A training small enough for a test: the tiny collection, and no network that has to be trained first."""

from functools import partial
from pathlib import Path
from typing import Any

from accelerate import Accelerator

from tasks.core.params import parse
from tasks.nets import architectures
from tasks.training import recipes
from tasks.training.loop import Training
from tasks.training.plan import Plan
from tasks.training.stream import Stream
from tasks.training.unfreezing import trainable

GAME: dict[str, Any] = {"l1": 1.0, "perceptual": 1.0, "adversarial": 0.1, "skin": 1.0}
OFF = dict.fromkeys(("colour", "gradient", "ssim", "gram", "identity", "landmarks"), 0.0)
TINY: dict[str, Any] = {
    "architecture": "student",
    "init": "scratch",
    "steps": 6,
    "batch": 2,
    "sizes": [32, 64],
    "cutouts": 0.0,
    "warmup": 2,
    "threads": 1,
    "precision": "fp32",
    "weights": OFF | GAME,
}


def plan(**changes: Any) -> Plan:
    """TINY with these changes, as params.yaml would give it."""
    return parse("finetune", Plan.complete(TINY | changes), Plan)


def training(given: Plan, root: Path) -> tuple[Training, Stream]:
    """A training at its first step, and its pictures."""
    data = root / "data"
    stream = Stream(
        given, given.recipe == "paired", align=data / "align", teacher=data / "teacher", pair=data / "pair.parquet"
    )
    accelerator = Accelerator(cpu=True)
    generator = architectures.new(given.architecture, given.seed)
    recipe = recipes.build(given, generator, "any", accelerator.device)
    unfreeze = partial(trainable, generator, architectures.depths(given.architecture), given.layers)
    return Training(given, recipe, stream.total, accelerator, unfreeze), stream
