"""Weights as safetensors and generators as ONNX: the same weights give the same bytes."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper
from safetensors.torch import save
from torch import Tensor, nn

from tasks.core.errors import UserError
from tasks.core.manifest import whole
from tasks.deploy.onnx_model import entries, onnx_model
from tasks.nets.architectures import VOCABULARY
from tasks.nets.condition import Conditioned

TOLERANCE = 1 / 255 * 2  # of -1..1: one grey level


def save_generator(net: nn.Module, path: Path, dtype: torch.dtype = torch.float32) -> None:
    """Write a generator's weights as safetensors, with its vocabulary beside them where it has a condition."""
    notes = {VOCABULARY: net.vocabulary.written()} if isinstance(net, Conditioned) else None
    save_weights(net.state_dict(), path, dtype, notes)


def save_weights(
    state: Mapping[str, Tensor],
    path: Path,
    dtype: torch.dtype = torch.float32,
    notes: dict[str, str] | None = None,
) -> None:
    """Write a state dict as safetensors, floats as `dtype`, whole or absent; more than one note has no fixed order."""
    cast = {k: (v.to(dtype) if v.is_floating_point() else v).contiguous() for k, v in sorted(state.items())}
    with whole(path) as part:
        part.write_bytes(save(cast, notes))


def save_onnx(net: nn.Module, path: Path) -> float:
    """Write a generator as ONNX (`onnx_model` says which inputs it takes) and check it against torch.

    Gives the largest difference in grey levels; raises UserError where it is more than one.
    """
    _write(onnx_model(net), path)
    apart = parity(net, path)
    if apart > TOLERANCE:
        raise UserError(f"{path} differs from torch by {apart * 127.5:.2f} grey levels; use the pinned onnxruntime")
    return apart * 127.5


def save_half(net: nn.Module, path: Path) -> float:
    """Write a generator as ONNX that computes in FP16; gives its largest difference to torch in grey levels."""
    model = onnx_model(net, half=True)
    _write(model, path)
    return parity(net, rounding(model).SerializeToString()) * 127.5


def rounding(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model with every FP16 value as an output: a processor, which computes in FP32, then rounds each of them."""
    seen = onnx.shape_inference.infer_shapes(model)
    narrow = [v for v in seen.graph.value_info if v.type.tensor_type.elem_type == TensorProto.FLOAT16]
    seen.graph.output.extend([helper.make_tensor_value_info(v.name, TensorProto.FLOAT16, None) for v in narrow])
    return seen


def parity(net: nn.Module, model: Path | bytes, height: int = 60, width: int = 52) -> float:
    """The largest difference between torch and ONNX Runtime on random photos, in units of -1..1."""
    given = feeds(net, height, width)
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    drawing = np.asarray(session.run(["drawing"], given)[0])
    tensors = {name: torch.from_numpy(array) for name, array in given.items()}
    if isinstance(net, Conditioned):
        tensors.setdefault("wishes", torch.zeros(2, 0))
    with torch.no_grad():
        expected: Tensor = net(**tensors)
    return float(np.abs(drawing - expected.numpy()).max())


def feeds(net: nn.Module, height: int, width: int) -> dict[str, NDArray[np.float32]]:
    """Two random photos with random wishes of 0..1 and strengths, by the names of the model's inputs."""
    rng, sides = np.random.default_rng(0), {"n": 2, "h": height, "w": width}
    shapes = {name: [sides[s] if isinstance(s, str) else s for s in shape] for name, shape in entries(net)}
    return {name: rng.uniform(-(name == "photo"), 1, s).astype(np.float32) for name, s in shapes.items()}


def _write(model: onnx.ModelProto, path: Path) -> None:
    with whole(path) as part:
        part.write_bytes(model.SerializeToString(deterministic=True))
