"""Networks of a few numbers in ONNX, with the inputs and outputs of the real ones."""

from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

Side = int | str


def averages(path: Path, shape: list[Side], weights: NDArray[np.float32] | None = None) -> Path:
    """The mean of each colour, n x 3 x 1 x 1; with weights (3 x d) their products, n x d."""
    nodes = [helper.make_node("GlobalAveragePool", ["x"], ["means" if weights is not None else "y"])]
    stored = []
    if weights is not None:
        nodes += [helper.make_node("Flatten", ["means"], ["flat"]), helper.make_node("MatMul", ["flat", "w"], ["y"])]
        stored.append(numpy_helper.from_array(weights, "w"))
    graph = helper.make_graph(
        nodes,
        "averages",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        stored,
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), str(path))
    return path
