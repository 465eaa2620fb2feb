"""Weights as safetensors and the generator as ONNX: the same weights give the same bytes."""

from pathlib import Path

import numpy as np
import onnxruntime
import torch
from safetensors.torch import save
from torch import Tensor

from tasks.core.errors import UserError
from tasks.core.manifest import whole
from tasks.nets.generator import Generator
from tasks.deploy.onnx_graph import generator_graph

TOLERANCE = 1 / 255 * 2  # of -1..1: one grey level


def save_weights(state: dict[str, Tensor], path: Path, dtype: torch.dtype = torch.float32) -> None:
    """Write a state dict as safetensors, floats as `dtype`, whole or absent."""
    cast = {k: (v.to(dtype) if v.is_floating_point() else v).contiguous() for k, v in sorted(state.items())}
    with whole(path) as part:
        part.write_bytes(save(cast))


def save_onnx(generator: Generator, path: Path) -> None:
    """Write the generator as ONNX ("photo" to "drawing", any batch, height and width) and check it against torch.

    Raises UserError where the two differ by more than one grey level.
    """
    model = generator_graph(generator)
    with whole(path) as part:
        part.write_bytes(model.SerializeToString(deterministic=True))
    apart = parity(generator, path)
    if apart > TOLERANCE:
        raise UserError(f"{path} differs from torch by {apart * 127.5:.2f} grey levels; use the pinned onnxruntime")


def parity(generator: Generator, path: Path, height: int = 60, width: int = 52) -> float:
    """The largest difference between torch and ONNX Runtime on a random photo, in units of -1..1."""
    photo = np.random.default_rng(0).uniform(-1, 1, (2, 3, height, width)).astype(np.float32)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    with torch.no_grad():
        expected = generator(torch.from_numpy(photo)).numpy()
    drawn = np.asarray(session.run(["drawing"], {"photo": photo})[0])
    return float(np.abs(drawn - expected).max())
