"""Weights from a file, as tensors and no code: safetensors, or torch's own format with `weights_only`."""

import pickle
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar, cast

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from torch import Tensor, nn

from tasks.core.errors import UserError

State = dict[str, Tensor]
N = TypeVar("N", bound=nn.Module)


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


def shipped(net: N, path: Path, name: str, target: str) -> N:
    """The net with the weights that come with the project, frozen and in evaluation mode.

    Raises UserError, which speaks of a `name` net made by `make target`, where the file is absent or holds another net.
    """
    if not path.is_file():
        raise UserError(f"{name} weights {path} do not exist; restore them with git or make them: make {target}")
    state = read(path)
    if {k: v.shape for k, v in state.items()} != {k: v.shape for k, v in net.state_dict().items()}:
        raise UserError(f"{path} holds other tensors than this {name} net; restore it with git: git checkout {path}")
    net.load_state_dict(state)
    return net.eval().requires_grad_(False)


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
