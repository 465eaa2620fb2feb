"""Generators as ONNX models: "photo" to "drawing", and "wishes" and "strength" where there is a condition."""

from collections.abc import Sequence
from functools import singledispatch
from itertools import pairwise

import numpy as np
import onnx
from onnx import TensorProto, helper
from torch import nn

from tasks.deploy.onnx_graph import Graph
from tasks.nets.condition import Condition, Conditioned
from tasks.nets.generator import Generator
from tasks.nets.student import Student, folded

OPSET = 17
IR_VERSION = 8  # the oldest that knows this operator set: old runtimes read it

Scaled = Sequence[tuple[str, str]] | None  # the values that scale and shift each feature map


def onnx_model(net: nn.Module, half: bool = False) -> onnx.ModelProto:
    """The generator as a model of float32 n x 3 x h x w in -1..1, free in n, h and w, in and out.

    A conditioned generator further takes "strength" (n) and, where its vocabulary has words, "wishes" (n x c). With
    `half`, weights and feature maps inside are FP16. Raises TypeError for a network that is no generator.
    """
    graph = Graph(half)
    drawn(net, graph, None)
    graph.nodes[-1].output[0] = "drawing"
    inputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, list(sides)) for name, sides in entries(net)]
    output = helper.make_tensor_value_info("drawing", TensorProto.FLOAT, ["n", 3, "h", "w"])
    body = helper.make_graph(graph.nodes, "generator", inputs, [output], graph.weights)
    model = helper.make_model(body, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="selfie2anime")
    model.ir_version = IR_VERSION
    onnx.checker.check_model(model)
    return model


def entries(net: nn.Module) -> list[tuple[str, tuple[str | int, ...]]]:
    """Names and shapes of the model's inputs."""
    found: list[tuple[str, tuple[str | int, ...]]] = [("photo", ("n", 3, "h", "w"))]
    if isinstance(net, Conditioned):
        found += [("wishes", ("n", net.vocabulary.size))] if net.vocabulary.size else []
        found += [("strength", ("n",))]
    return found


@singledispatch
def drawn(net: nn.Module, _graph: Graph, _scaled: Scaled) -> str:
    """Append a generator from "photo" to its drawing in FP32; raises TypeError for another network."""
    raise TypeError(f"{type(net).__name__} is no generator with an ONNX form")


@drawn.register
def _(net: Generator, graph: Graph, scaled: Scaled) -> str:
    photo = graph.narrow("photo")
    half = graph.add(net.block_a, photo)
    quarter = _scale(graph, graph.add(net.block_c, graph.add(net.block_b, half)), scaled, 0)
    up = _scale(graph, graph.add(net.block_d, _bilinear(graph, quarter, half)), scaled, 1)
    fine = _scale(graph, graph.add(net.block_e, _bilinear(graph, up, photo)), scaled, 2)
    return graph.full(graph.add(net.out_layer, fine))


@drawn.register
def _(net: Student, graph: Graph, scaled: Scaled) -> str:
    lean = folded(net)
    half = graph.add(lean.stem, graph.narrow("photo"))
    quarter = graph.add(lean.to_quarter, half)
    deep = _scale(graph, graph.add(lean.to_eighth, quarter), scaled, 0)
    wide = _joined(graph, graph.add(lean.back_quarter, deep), quarter)
    wide = _scale(graph, graph.add(lean.draw_quarter, wide), scaled, 1)
    fine = _joined(graph, graph.add(lean.back_half, wide), half)
    fine = _scale(graph, graph.add(lean.draw_half, fine), scaled, 2)
    change = graph.operate("DepthToSpace", graph.add(lean.head, fine), blocksize=2, mode="CRD")
    total = graph.operate("Add", "photo", graph.full(graph.crop(change, "photo")))
    return graph.operate("Clip", total, *(graph.constant(np.array(v, np.float32), full=True) for v in (-1, 1)))


@drawn.register
def _(net: Conditioned, graph: Graph, _: Scaled) -> str:
    drawing = drawn(net.generator, graph, _scales(graph, net.condition, net.vocabulary.size > 0))
    change = graph.operate("Sub", drawing, "photo")
    return graph.operate("Add", "photo", graph.operate("Mul", graph.widened("strength", [1, 2, 3]), change))


def _scales(graph: Graph, condition: Condition, asked: bool) -> list[tuple[str, str]]:
    strength = graph.widened("strength", [1])
    given = graph.operate("Concat", "wishes", strength, axis=1) if asked else strength
    flat = graph.widened(graph.add(condition.layers, graph.narrow(given)), [2, 3])
    one = graph.constant(np.array(1, np.float32))
    ends = np.cumsum([0, *condition.widths]).tolist()
    parts = [graph.cut(flat, start, stop, axis=1) for start, stop in pairwise(ends)]
    return [(graph.operate("Add", one, a), b) for a, b in zip(parts[::2], parts[1::2], strict=True)]


def _scale(graph: Graph, x: str, scaled: Scaled, place: int) -> str:
    if scaled is None:
        return x
    scale, shift = scaled[place]
    return graph.operate("Add", graph.operate("Mul", x, scale), shift)


def _bilinear(graph: Graph, x: str, like: str) -> str:
    return graph.resize(x, like, mode="linear", coordinate_transformation_mode="align_corners")


def _joined(graph: Graph, coarse: str, skip: str) -> str:
    near = graph.resize(coarse, skip, mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor")
    return graph.operate("Relu", graph.operate("Add", skip, near))
