"""Checkpoints of a training: whole or absent, and never taken for those of another training."""

import pickle
from pathlib import Path
from typing import Any

import torch

from tasks.core.manifest import whole
from tasks.core.stage import log
from tasks.training.loop import Training


def save(training: Training, path: Path, key: str) -> None:
    """Write the training's state under the key of its inputs, parameters and code."""
    with whole(path) as part:
        torch.save({"key": key, **training.state()}, part)


def resume(training: Training, path: Path, key: str) -> None:
    """Take the training on from the checkpoint, if there is one and it is of the same key."""
    state = _read(path)
    if state is None:
        return
    if state["key"] != key:
        log.info("finetune: the checkpoint is of other inputs, parameters or code; starting over")
        return
    training.restore(state)
    log.info("finetune: resumed at step %d of %d", training.step, training.recipe.steps)


def _read(path: Path) -> dict[str, Any] | None:
    if not path.is_file():
        return None
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError) as fault:
        log.warning("finetune: the checkpoint cannot be read (%s); starting over", fault)
        return None
    return state if isinstance(state, dict) else None
