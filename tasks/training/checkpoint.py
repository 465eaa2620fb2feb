"""Checkpoints of a training: whole or absent, the newest good one is used, old ones go.

A file is the SHA-256 of what follows, then torch's own format: a checkpoint that a disk damaged is known as such, and
the one before it is taken.
"""

import hashlib
import io
import pickle
from pathlib import Path
from typing import Any

import torch

from tasks.core.manifest import whole
from tasks.core.stage import log
from tasks.training import faults
from tasks.training.loop import Training

_DIGEST = 32  # bytes


def save(training: Training, folder: Path, key: str) -> None:
    """Write the training's state under the key of its inputs, parameters and code; keep the newest few.

    Raises UserError where the disk is full; what was saved before stays.
    """
    memory = io.BytesIO()
    torch.save({"key": key, **training.state()}, memory)
    payload, path = memory.getbuffer(), folder / f"checkpoint-{training.step:08d}.pt"
    with faults.disk(path, training.step):
        folder.mkdir(parents=True, exist_ok=True)
        with whole(path) as part, part.open("wb") as file:
            file.write(hashlib.sha256(payload).digest())
            file.write(payload)
    for old in _newest_first(folder)[training.plan.kept_checkpoints :]:
        old.unlink()


def resume(training: Training, folder: Path, key: str) -> None:
    """Take the training on from the newest good checkpoint of the same key; those of another key go, damaged ones too.

    A damaged one that stayed would count among the newest few, and new ones would go in its place.
    """
    held = _newest_first(folder)
    states = enumerate(map(_read, held))
    good, state = next(((place, state) for place, state in states if state), (len(held), None))
    if state and state["key"] == key:
        training.restore(state)
        log.info("training resumed at step %d of %d", training.step, training.total)
    training.accelerator.wait_for_everyone()  # all have read before one deletes
    if training.accelerator.is_main_process:
        if state and training.step == 0:
            log.info("%s is of other inputs, parameters or code; training starts over", held[good].name)
        for path in held[: good if training.step else None]:
            path.unlink()


def _newest_first(folder: Path) -> list[Path]:
    return sorted(folder.glob("checkpoint-*.pt"), reverse=True)


def _read(path: Path) -> dict[str, Any] | None:
    """The state in the file, None where the file is damaged."""
    content = path.read_bytes()
    payload = content[_DIGEST:]
    if hashlib.sha256(payload).digest() != content[:_DIGEST]:
        log.warning("%s is damaged; taking the one before it", path.name)
        return None
    try:
        state = torch.load(io.BytesIO(payload), map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError) as fault:
        log.warning("%s cannot be read (%s); taking the one before it", path.name, fault)
        return None
    return state if isinstance(state, dict) and "key" in state else None
