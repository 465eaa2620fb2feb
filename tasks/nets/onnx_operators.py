"""The operators of ONNX that recognition networks are made of, in torch: https://onnx.ai/onnx/operators."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from onnx import numpy_helper
from torch import Tensor
from torch.nn import functional

Attributes = Mapping[str, Any]
Operator = Callable[..., Tensor | tuple[Tensor, ...]]
Axes = Tensor | list[int] | None

_TYPES = {1: torch.float32, 6: torch.int32, 7: torch.int64, 9: torch.bool, 10: torch.float32, 11: torch.float32}


def _pads(pads: list[int]) -> list[int]:
    """ONNX gives all begins, then all ends; torch's `pad` wants begin and end per axis, the last axis first."""
    half = len(pads) // 2
    return [p for axis in reversed(range(half)) for p in pads[axis::half]]


def _framed(x: Tensor, kernel: list[int], attributes: Attributes, value: float = 0.0) -> Tensor:
    """The picture with the frame that a convolution or a pool asks for."""
    pads, automatic = attributes.get("pads"), attributes.get("auto_pad", b"NOTSET")
    if automatic in (b"SAME_UPPER", b"SAME_LOWER"):
        pads = _same(list(x.shape[2:]), kernel, attributes, automatic == b"SAME_UPPER")
    return functional.pad(x, _pads(pads), value=value) if pads and any(pads) else x


def _same(sides: list[int], kernel: list[int], attributes: Attributes, late: bool) -> list[int]:
    """Pads with which the output has ceil(side / stride) places; the odd one comes late or early."""
    strides, dilations = attributes.get("strides", [1, 1]), attributes.get("dilations", [1, 1])
    spans = [(k - 1) * d + 1 for k, d in zip(kernel, dilations, strict=True)]
    each = zip(sides, strides, spans, strict=True)
    totals = [max(((side - 1) // stride) * stride + span - side, 0) for side, stride, span in each]
    begins = [total // 2 if late else total - total // 2 for total in totals]
    return [*begins, *(total - begin for total, begin in zip(totals, begins, strict=True))]


def _conv(x: Tensor, weight: Tensor, bias: Tensor | None = None, **attributes: Any) -> Tensor:
    x = _framed(x, list(weight.shape[2:]), attributes)
    strides, dilations = attributes.get("strides", 1), attributes.get("dilations", 1)
    return functional.conv2d(x, weight, bias, strides, 0, dilations, attributes.get("group", 1))


def _average_pool(x: Tensor, *, kernel_shape: list[int], **attributes: Any) -> Tensor:
    def pooled(values: Tensor) -> Tensor:
        framed = _framed(values, kernel_shape, attributes)
        strides, ceil = attributes.get("strides", [1, 1]), bool(attributes.get("ceil_mode", 0))
        return functional.avg_pool2d(framed, kernel_shape, strides, ceil_mode=ceil)

    return pooled(x) if attributes.get("count_include_pad") else pooled(x) / pooled(torch.ones_like(x[:1, :1]))


def _max_pool(x: Tensor, *, kernel_shape: list[int], **attributes: Any) -> Tensor:
    framed = _framed(x, kernel_shape, attributes, float("-inf"))
    strides, dilations = attributes.get("strides", [1, 1]), attributes.get("dilations", 1)
    ceil = bool(attributes.get("ceil_mode", 0))
    return functional.max_pool2d(framed, kernel_shape, strides, 0, dilations, ceil_mode=ceil)


def _pad(x: Tensor, pads: Axes = None, value: Tensor | float | None = None, **attributes: Any) -> Tensor:
    sides = _listed(pads) or []
    mode = attributes.get("mode", b"constant").decode()
    if mode == "constant":
        return functional.pad(x, _pads(sides), value=float(value or 0.0))
    inner = _pads([*sides[2 : len(sides) // 2], *sides[len(sides) // 2 + 2 :]])  # batch and channels never have a frame
    return functional.pad(x, inner, mode={"edge": "replicate"}.get(mode, mode))


def _batch_norm(x: Tensor, scale: Tensor, bias: Tensor, mean: Tensor, var: Tensor, **attributes: Any) -> Tensor:
    return functional.batch_norm(x, mean, var, scale, bias, eps=attributes.get("epsilon", 1e-5))


def _layer_norm(x: Tensor, scale: Tensor, bias: Tensor | None = None, **attributes: Any) -> Tensor:
    axis = attributes.get("axis", -1)
    return functional.layer_norm(x, x.shape[axis:], scale, bias, attributes.get("epsilon", 1e-5))


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
    least = attributes.get("min") if low is None else low
    most = attributes.get("max") if high is None else high
    x = x if least is None else x.clamp(min=least)
    return x if most is None else x.clamp(max=most)


def _flatten(x: Tensor, *, axis: int = 1) -> Tensor:
    return x.flatten(axis) if axis == 1 else x.reshape(int(np.prod(x.shape[:axis])), -1)


def _listed(axes: Axes) -> list[int] | None:
    """Axes as a list: they are an attribute in older operator sets, an input in newer ones."""
    return axes.tolist() if isinstance(axes, Tensor) else axes


def _mean(x: Tensor, axes: Axes = None, **attributes: Any) -> Tensor:
    return x.mean(dim=_listed(axes), keepdim=bool(attributes.get("keepdims", 1)))


def _sum(x: Tensor, axes: Axes = None, **attributes: Any) -> Tensor:
    return x.sum(dim=_listed(axes), keepdim=bool(attributes.get("keepdims", 1)))


def _norm(x: Tensor, axes: Axes = None, **attributes: Any) -> Tensor:
    keep = bool(attributes.get("keepdims", 1))
    return torch.as_tensor(torch.linalg.vector_norm(x, dim=_listed(axes), keepdim=keep))


def _unit(x: Tensor, *, axis: int = -1, p: int = 2) -> Tensor:
    return x / torch.as_tensor(torch.linalg.vector_norm(x, p, dim=axis, keepdim=True))


def _squeezed(x: Tensor, axes: Axes = None) -> Tensor:
    dims = _listed(axes)
    return x.squeeze() if dims is None else x.squeeze(tuple(dims))


def _unsqueezed(x: Tensor, axes: Axes = None) -> Tensor:
    for axis in sorted(_listed(axes) or ()):
        x = x.unsqueeze(axis)
    return x


def _concat(*parts: Tensor, axis: int) -> Tensor:
    return torch.cat(parts, axis)


def _split(x: Tensor, sizes: Axes = None, **attributes: Any) -> tuple[Tensor, ...]:
    axis = attributes.get("axis", 0)
    listed = _listed(attributes.get("split", sizes))
    return torch.split_with_sizes(x, listed, axis) if listed else x.chunk(attributes.get("num_outputs", 2), axis)


def _slice(x: Tensor, *bounds: Tensor, **attributes: Any) -> Tensor:
    """Starts, ends, axes and steps: inputs since operator set 10, attributes before."""
    given = [b.tolist() for b in bounds] or [attributes["starts"], attributes["ends"]]
    starts, ends = given[:2]
    axes = given[2] if len(given) > 2 else attributes.get("axes", range(len(starts)))
    steps = given[3] if len(given) > 3 else [1] * len(starts)
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        places = range(x.shape[axis])[start:end:step]
        x = x.index_select(axis, torch.tensor(list(places), dtype=torch.int64, device=x.device))
    return x


def _gather(x: Tensor, indices: Tensor, *, axis: int = 0) -> Tensor:
    at = (indices % x.shape[axis]).to(x.device)
    return x.index_select(axis, at.flatten()).reshape((*x.shape[:axis], *at.shape, *x.shape[axis:][1:]))


def _shape(x: Tensor, **_: Any) -> Tensor:
    return torch.tensor(x.shape)


def _full(shape: Tensor, *, value: Any = None) -> Tensor:
    filling = torch.zeros(1) if value is None else torch.from_numpy(np.array(numpy_helper.to_array(value)))
    return filling.expand(shape.tolist()).clone()


def _expand(x: Tensor, shape: Tensor) -> Tensor:
    return x * torch.ones(shape.tolist(), dtype=x.dtype, device=x.device)  # either may be the larger


def _divide(a: Tensor, b: Tensor) -> Tensor:
    return a / b if a.is_floating_point() else torch.div(a, b, rounding_mode="trunc")


def _identity(x: Tensor, *_: Any, **__: Any) -> Tensor:
    return x


OPERATORS: dict[str, Operator] = {
    "Abs": torch.abs,
    "Add": torch.add,
    "AveragePool": _average_pool,
    "BatchNormalization": _batch_norm,
    "Cast": lambda x, to, **_: x.to(_TYPES[to]),
    "Clip": _clip,
    "Concat": _concat,
    "ConstantOfShape": _full,
    "Conv": _conv,
    "Div": _divide,
    "Dropout": _identity,
    "Elu": lambda x, alpha=1.0: functional.elu(x, alpha),
    "Erf": torch.erf,
    "Exp": torch.exp,
    "Expand": _expand,
    "Flatten": _flatten,
    "Gather": _gather,
    "Gemm": _gemm,
    "GlobalAveragePool": lambda x: x.mean(dim=(2, 3), keepdim=True),
    "GlobalMaxPool": lambda x: x.amax(dim=(2, 3), keepdim=True),
    "HardSigmoid": lambda x, alpha=0.2, beta=0.5: (alpha * x + beta).clamp(0, 1),
    "HardSwish": functional.hardswish,
    "Identity": _identity,
    "LayerNormalization": _layer_norm,
    "LeakyRelu": lambda x, alpha=0.01: functional.leaky_relu(x, alpha),
    "LpNormalization": _unit,
    "MatMul": torch.matmul,
    "MaxPool": _max_pool,
    "Mul": torch.mul,
    "Neg": torch.neg,
    "PRelu": _prelu,
    "Pad": _pad,
    "Pow": torch.pow,
    "Reciprocal": torch.reciprocal,
    "ReduceL2": _norm,
    "ReduceMean": _mean,
    "ReduceSum": _sum,
    "Relu": torch.relu,
    "Reshape": _reshape,
    "Shape": _shape,
    "Sigmoid": torch.sigmoid,
    "Slice": _slice,
    "Softmax": lambda x, axis=-1: x.softmax(axis),
    "Split": _split,
    "Sqrt": torch.sqrt,
    "Squeeze": _squeezed,
    "Sub": torch.sub,
    "Tanh": torch.tanh,
    "Transpose": lambda x, perm=None: x.permute(perm or list(reversed(range(x.ndim)))),
    "Unsqueeze": _unsqueezed,
}
