"""An ONNX graph, written node by node from a network's modules.

No tracing: the graph is the same on every version of torch, free in batch, height and width, and as small as the net.
"""

from functools import singledispatchmethod
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from tasks.nets.generator import InvertedResidual
from tasks.nets.student import Residual


class Graph:
    """Nodes and weights so far; each `add` gives the name of its output.

    A half graph keeps weights and feature maps in FP16, for hardware that computes so; norms, whose sums leave FP16's
    range, and what is between `full` and `narrow` stay in FP32.
    """

    def __init__(self, half: bool = False) -> None:
        self.half = half
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def operate(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Append one operator."""
        name = f"{operator}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [name], name, **attributes))
        return name

    def constant(self, value: Tensor | NDArray[np.generic], full: bool = False) -> str:
        """Append a weight or another constant; floats are FP16 in a half graph, unless they are to be `full`."""
        array = value.detach().contiguous().numpy() if isinstance(value, Tensor) else value
        if self.half and not full and array.dtype == np.float32:
            array = array.astype(np.float16)
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(array).reshape(array.shape), name))
        return name

    def full(self, x: str) -> str:
        """The value in FP32."""
        return self.operate("Cast", x, to=TensorProto.FLOAT) if self.half else x

    def narrow(self, x: str) -> str:
        """The value in the graph's own width."""
        return self.operate("Cast", x, to=TensorProto.FLOAT16) if self.half else x

    @singledispatchmethod
    def add(self, module: nn.Module, _x: str) -> str:
        """Append what the module does to the named value; raises TypeError for a kind the generator does not have."""
        raise TypeError(f"{type(module).__name__} has no ONNX form here")

    @add.register
    def _(self, module: nn.Sequential, x: str) -> str:
        for part in module:
            x = self.add(part, x)
        return x

    @add.register
    def _(self, module: InvertedResidual, x: str) -> str:
        out = self.add(module.layers, x)
        return self.operate("Add", x, out) if module.adds_input else out

    @add.register
    def _(self, module: Residual, x: str) -> str:
        return self.operate("Relu", self.operate("Add", x, self.add(module.layers, x)))

    @add.register
    def _(self, module: nn.ReflectionPad2d, x: str) -> str:
        left, right, top, bottom = module.padding
        if not any(module.padding):
            return x
        pads = self.constant(np.array([0, 0, top, left, 0, 0, bottom, right], np.int64))
        return self.operate("Pad", x, pads, mode="reflect")

    @add.register
    def _(self, module: nn.Conv2d, x: str) -> str:
        weights = [self.constant(w) for w in (module.weight, module.bias) if w is not None]
        pads = {"pads": [*module.padding, *module.padding]} if any(module.padding) else {}
        return self.operate("Conv", x, *weights, strides=list(module.stride), group=module.groups, **pads)

    @add.register
    def _(self, module: nn.Linear, x: str) -> str:
        return self.operate("Gemm", x, self.constant(module.weight), self.constant(module.bias), transB=1)

    @add.register
    def _(self, module: nn.GroupNorm, x: str) -> str:
        """All channels are one group: normalise the picture as one long channel, then scale each of its own."""
        one, zero = (self.constant(np.array([v], np.float32), full=True) for v in (1, 0))
        flat = self.operate("Reshape", self.full(x), self.constant(np.array([0, 1, -1], np.int64)))
        normal = self.operate("InstanceNormalization", flat, one, zero, epsilon=module.eps)
        shaped = self.operate("Reshape", normal, self.operate("Shape", x))
        scale, shift = (self.constant(w[:, None, None], full=True) for w in (module.weight, module.bias))
        return self.narrow(self.operate("Add", self.operate("Mul", shaped, scale), shift))

    @add.register
    def _(self, module: nn.LeakyReLU, x: str) -> str:
        return self.operate("LeakyRelu", x, alpha=module.negative_slope)

    @add.register
    def _(self, _module: nn.ReLU, x: str) -> str:
        return self.operate("Relu", x)

    @add.register
    def _(self, _module: nn.Tanh, x: str) -> str:
        return self.operate("Tanh", x)

    @add.register
    def _(self, _module: nn.Identity, x: str) -> str:
        return x

    def resize(self, x: str, like: str, **how: str) -> str:
        """Bring x to the height and width of `like`; `how` holds Resize's attributes."""
        batch = self.cut(self.operate("Shape", x), 0, 2)
        sizes = self.operate("Concat", batch, self.sides(like), axis=0)
        return self.operate("Resize", x, "", "", sizes, **how)

    def crop(self, x: str, like: str) -> str:
        """The upper left part of x that has the height and width of `like`."""
        starts, axes = (self.constant(np.array(v, np.int64)) for v in ([0, 0], [2, 3]))
        return self.operate("Slice", x, starts, self.sides(like), axes)

    def sides(self, x: str) -> str:
        """Height and width of a picture."""
        return self.cut(self.operate("Shape", x), 2, 4)

    def cut(self, x: str, start: int, stop: int, axis: int = 0) -> str:
        """The entries from start to stop along an axis."""
        return self.operate("Slice", x, *(self.constant(np.array([v], np.int64)) for v in (start, stop, axis)))

    def widened(self, x: str, axes: list[int]) -> str:
        """The value with further axes of length 1."""
        return self.operate("Unsqueeze", x, self.constant(np.array(axes, np.int64)))
