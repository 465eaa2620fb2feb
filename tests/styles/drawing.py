"""A generator that hands the photo on, darker by a third, as an ONNX file: what it drew can be told in any crop."""

from pathlib import Path

import onnx
from onnx import TensorProto, helper


def darkening(path: Path) -> Path:
    """Write it; -1 stays -1."""
    ends = [helper.make_tensor_value_info(n, TensorProto.FLOAT, ["n", 3, "h", "w"]) for n in ("photo", "drawing")]
    third = [helper.make_tensor(n, TensorProto.FLOAT, [], [v]) for n, v in (("slope", 2 / 3), ("shift", -1 / 3))]
    nodes = [
        helper.make_node("Mul", ["photo", "slope"], ["scaled"]),
        helper.make_node("Add", ["scaled", "shift"], ["drawing"]),
    ]
    graph = helper.make_graph(nodes, "darkening", ends[:1], ends[1:], third)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, str(path))
    return path
