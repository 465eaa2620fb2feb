"""Weights from a file, as tensors and no code: safetensors, or torch's own format with `weights_only`."""

import pickle
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from torch import Tensor

from tasks.core.errors import UserError

State = dict[str, Tensor]


def read(path: Path) -> State:
    """A state dict from `.safetensors` or any other ending as `.pt`, its floats as FP32.

    Raises UserError where the file is absent, unreadable or holds more than tensors.
    """
    return {name: t.float() if t.is_floating_point() else t for name, t in _tensors(path).items()}


def note(path: Path, name: str) -> str | None:
    """A text that stands beside the tensors of a `.safetensors` file; None where there is none."""
    if path.suffix != ".safetensors":
        return None
    with safe_open(path, "pt") as file:
        found: str | None = (file.metadata() or {}).get(name)
    return found


def require_layout(state: Mapping[str, Tensor], expected: Mapping[str, Tensor], path: Path, layout: str) -> None:
    """Raise UserError unless the tensors have the names and shapes of `expected`; `layout` says whose they are."""
    odd = sorted(set(state) ^ set(expected))
    wrong = odd or sorted(name for name in state if state[name].shape != expected[name].shape)
    if wrong:
        raise UserError(f"{path} is not {layout.format(f'{len(wrong)} tensors differ, the first is {wrong[0]}')}")


def _tensors(path: Path) -> State:
    if not path.is_file():
        raise UserError(f"generator weights {path} do not exist; give a .safetensors or .pt file")
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (SafetensorError, pickle.UnpicklingError, RuntimeError, zipfile.BadZipFile, EOFError) as error:
        raise UserError(f"generator weights {path} cannot be read ({error}); fetch the file again") from error
    if not isinstance(state, dict) or not all(isinstance(t, Tensor) for t in state.values()):
        raise UserError(f"{path} holds no state dict of tensors; give the weights alone, not a whole checkpoint")
    return cast(State, state)
