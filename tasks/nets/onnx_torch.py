"""An ONNX recognition network executed in torch, so that a loss on its output has a gradient at its input.

ONNX Runtime takes and gives numpy arrays: a loss through it trains nothing. The graphs of the ArcFace family are a
chain of some twenty operators, so they are interpreted here; the results equal ONNX Runtime's within 1e-4.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn
from torch.nn import functional

from tasks.core.errors import UserError

Attributes = Mapping[str, Any]
Operator = Callable[..., Tensor]
Axes = Tensor | list[int] | None


class OnnxNet(nn.Module):
    """The graph of an ONNX file with one input and one output, frozen.

    Raises UserError for a file that is no ONNX graph of this kind, naming the operators it does not know.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        graph = _graph(path)
        unknown = sorted({node.op_type for node in graph.node} - set(OPERATORS) - {"Constant"})
        constants = {c.name: _tensor(c) for c in graph.initializer}
        inputs = [i.name for i in graph.input if i.name not in constants]
        if unknown or len(inputs) != 1 or len(graph.output) != 1:
            found = f"operators {', '.join(unknown)}" if unknown else f"{len(inputs)} inputs"
            raise UserError(f"{path} cannot stand in a loss: {found}; give a recognition network of the ArcFace family")
        self._input, self._output = inputs[0], graph.output[0].name
        self._steps = []
        for node in graph.node:
            attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
            if node.op_type == "Constant":
                constants[node.output[0]] = _tensor(attributes["value"])
            else:
                self._steps.append((OPERATORS[node.op_type], list(node.input), node.output[0], attributes))
        self._constants = constants

    def forward(self, x: Tensor) -> Tensor:
        """Run the graph on a batch, also where the file was exported for a batch of one."""
        values: dict[str, Tensor] = {**self._constants, self._input: x}
        for operator, inputs, output, attributes in self._steps:
            values[output] = operator(*[values[name] if name else None for name in inputs], **attributes)
        return values[self._output]


def _graph(path: Path) -> onnx.GraphProto:
    try:
        return onnx.load(str(path)).graph
    except Exception as fault:  # protobuf's own errors, which onnx does not re-export
        raise UserError(f"{path} is no ONNX file ({fault}); fetch it again") from fault


def _tensor(proto: onnx.TensorProto) -> Tensor:
    return torch.from_numpy(np.array(numpy_helper.to_array(proto)))


def _pads(pads: list[int] | None) -> list[int]:
    """ONNX gives all begins, then all ends; torch's `pad` wants begin and end per axis, the last axis first."""
    half = len(pads or ()) // 2
    return [p for axis in reversed(range(half)) for p in cast(list[int], pads)[axis::half]]


def _conv(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    *,
    strides: Any = 1,
    pads: list[int] | None = None,
    dilations: Any = 1,
    group: int = 1,
    **_: Any,
) -> Tensor:
    if pads and any(pads):
        x = functional.pad(x, _pads(pads))
    return functional.conv2d(x, weight, bias, strides, 0, dilations, group)


def _batch_norm(x: Tensor, scale: Tensor, bias: Tensor, mean: Tensor, var: Tensor, **attributes: Any) -> Tensor:
    return functional.batch_norm(x, mean, var, scale, bias, eps=attributes.get("epsilon", 1e-5))


def _prelu(x: Tensor, slope: Tensor) -> Tensor:
    return torch.where(x >= 0, x, x * slope)


def _gemm(a: Tensor, b: Tensor, c: Tensor | None = None, **attributes: Any) -> Tensor:
    a = a.t() if attributes.get("transA") else a
    b = b.t() if attributes.get("transB") else b
    product = a @ b * float(attributes.get("alpha", 1.0))
    return product if c is None else product + c * float(attributes.get("beta", 1.0))


def _reshape(x: Tensor, shape: Tensor, **_: Any) -> Tensor:
    sizes = [x.shape[i] if size == 0 else int(size) for i, size in enumerate(shape.tolist())]
    if sizes[0] == 1 and x.shape[0] > 1 and -1 not in sizes[1:]:
        sizes[0] = -1  # exported for a batch of one
    elif sizes[0] == 1 and x.shape[0] > 1:
        sizes[0] = x.shape[0]
    return x.reshape(sizes)


def _clip(x: Tensor, low: Tensor | None = None, high: Tensor | None = None, **attributes: Any) -> Tensor:
    least = attributes.get("min") if low is None else low.item()
    most = attributes.get("max") if high is None else high.item()
    return x.clamp(least, most)


def _flatten(x: Tensor, *, axis: int = 1) -> Tensor:
    return x.flatten(axis) if axis == 1 else x.reshape(int(np.prod(x.shape[:axis])), -1)


def _listed(axes: Axes) -> list[int] | None:
    """Axes as a list: they are an attribute in older operator sets, an input in newer ones."""
    return axes.tolist() if isinstance(axes, Tensor) else axes


def _mean(x: Tensor, axes: Axes = None, **attributes: Any) -> Tensor:
    dims = _listed(axes)
    return x.mean(dim=dims, keepdim=bool(attributes.get("keepdims", 1)))


def _average_pool(x: Tensor, *, kernel_shape: Any, strides: Any = 1, pads: Any = (0,), **attributes: Any) -> Tensor:
    counted = bool(attributes.get("count_include_pad", 0))
    return functional.avg_pool2d(x, kernel_shape, strides, list(pads)[: len(pads) // 2 or 1], False, counted)


def _squeezed(x: Tensor, axes: Axes = None) -> Tensor:
    dims = _listed(axes)
    return x.squeeze() if dims is None else x.squeeze(tuple(dims))


def _unsqueezed(x: Tensor, axes: Axes = None) -> Tensor:
    for axis in sorted(_listed(axes) or ()):
        x = x.unsqueeze(axis)
    return x


def _concat(*parts: Tensor, axis: int) -> Tensor:
    return torch.cat(parts, axis)


def _transpose(x: Tensor, *, perm: list[int]) -> Tensor:
    return x.permute(perm)


def _identity(x: Tensor, *_: Any, **__: Any) -> Tensor:
    return x


def _norm(x: Tensor, axes: Axes = None, **attributes: Any) -> Tensor:
    dims = _listed(axes)
    return torch.as_tensor(torch.linalg.vector_norm(x, dim=dims, keepdim=bool(attributes.get("keepdims", 1))))


OPERATORS: dict[str, Operator] = {
    "Add": torch.add,
    "AveragePool": _average_pool,
    "BatchNormalization": _batch_norm,
    "Clip": _clip,
    "Concat": _concat,
    "Conv": _conv,
    "Div": torch.div,
    "Dropout": _identity,
    "Flatten": _flatten,
    "Gemm": _gemm,
    "GlobalAveragePool": lambda x: x.mean(dim=(2, 3), keepdim=True),
    "Identity": _identity,
    "LeakyRelu": lambda x, alpha=0.01: functional.leaky_relu(x, alpha),
    "MatMul": torch.matmul,
    "Mul": torch.mul,
    "PRelu": _prelu,
    "ReduceL2": _norm,
    "ReduceMean": _mean,
    "Relu": torch.relu,
    "Reshape": _reshape,
    "Sigmoid": torch.sigmoid,
    "Sqrt": torch.sqrt,
    "Squeeze": _squeezed,
    "Sub": torch.sub,
    "Tanh": torch.tanh,
    "Transpose": _transpose,
    "Unsqueeze": _unsqueezed,
}
