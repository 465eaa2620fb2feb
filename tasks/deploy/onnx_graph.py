"""The generator's ONNX graph, written node by node from its modules.

No tracing: the graph is the same on every version of torch, free in batch, height and width, and as small as the net.
"""

from functools import singledispatchmethod
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from tasks.nets.generator import Generator, InvertedResidual

OPSET = 17
IR_VERSION = 8  # the oldest that knows this operator set: old runtimes read it


class Graph:
    """Nodes and weights so far; each `add` gives the name of its output."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def operate(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Append one operator."""
        name = f"{operator}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [name], name, **attributes))
        return name

    def constant(self, value: Tensor | NDArray[np.generic]) -> str:
        """Append a weight or another constant."""
        array = value.detach().contiguous().numpy() if isinstance(value, Tensor) else value
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(array).reshape(array.shape), name))
        return name

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
    def _(self, module: nn.ReflectionPad2d, x: str) -> str:
        left, right, top, bottom = module.padding
        if not any(module.padding):
            return x
        pads = self.constant(np.array([0, 0, top, left, 0, 0, bottom, right], np.int64))
        return self.operate("Pad", x, pads, mode="reflect")

    @add.register
    def _(self, module: nn.Conv2d, x: str) -> str:
        weights = [self.constant(w) for w in (module.weight, module.bias) if w is not None]
        return self.operate("Conv", x, *weights, strides=list(module.stride), group=module.groups)

    @add.register
    def _(self, module: nn.GroupNorm, x: str) -> str:
        """All channels are one group: normalise the picture as one long channel, then scale each of its own."""
        one, zero = (self.constant(np.array([v], np.float32)) for v in (1, 0))
        flat = self.operate("Reshape", x, self.constant(np.array([0, 1, -1], np.int64)))
        normal = self.operate("InstanceNormalization", flat, one, zero, epsilon=module.eps)
        shaped = self.operate("Reshape", normal, self.operate("Shape", x))
        scale, shift = (self.constant(w[:, None, None]) for w in (module.weight, module.bias))
        return self.operate("Add", self.operate("Mul", shaped, scale), shift)

    @add.register
    def _(self, module: nn.LeakyReLU, x: str) -> str:
        return self.operate("LeakyRelu", x, alpha=module.negative_slope)

    @add.register
    def _(self, _module: nn.Tanh, x: str) -> str:
        return self.operate("Tanh", x)

    def resize(self, x: str, like: str) -> str:
        """Bilinear to the height and width of `like`, corners on corners."""
        ends = [self.constant(np.array([i], np.int64)) for i in (0, 2, 4)]
        batch = self.operate("Slice", self.operate("Shape", x), ends[0], ends[1])
        side = self.operate("Slice", self.operate("Shape", like), ends[1], ends[2])
        sizes = self.operate("Concat", batch, side, axis=0)
        return self.operate("Resize", x, "", "", sizes, mode="linear", coordinate_transformation_mode="align_corners")


def generator_graph(generator: Generator) -> onnx.ModelProto:
    """The generator as a model from "photo" to "drawing", n x 3 x h x w float32 in -1..1."""
    graph = Graph()
    half = graph.add(generator.block_a, "photo")
    quarter = graph.add(generator.block_c, graph.add(generator.block_b, half))
    up = graph.add(generator.block_d, graph.resize(quarter, half))
    out = graph.add(generator.out_layer, graph.add(generator.block_e, graph.resize(up, "photo")))
    graph.nodes[-1].output[0] = "drawing"
    assert graph.nodes[-1].name == out
    ends = [helper.make_tensor_value_info(n, TensorProto.FLOAT, ["n", 3, "h", "w"]) for n in ("photo", "drawing")]
    body = helper.make_graph(graph.nodes, "animeganv2", ends[:1], ends[1:], graph.weights)
    model = helper.make_model(body, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="selfie2anime")
    model.ir_version = IR_VERSION
    onnx.checker.check_model(model)
    return model
