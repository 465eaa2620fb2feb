"""An ONNX recognition network executed in torch, so that a loss on its output has a gradient at its input.

ONNX Runtime takes and gives numpy arrays: a loss through it trains nothing. The graphs of the ArcFace family are a
chain of some twenty operators, so they are interpreted here; the results equal ONNX Runtime's within 1e-4.
"""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from tasks.core.errors import UserError
from tasks.nets.onnx_operators import OPERATORS, Attributes

_CONSTANT = "Constant"


class OnnxNet(nn.Module):
    """The graph of an ONNX file with one input, frozen; `output` names the one that counts, where there are several.

    Weights are buffers and go where the module goes; whole numbers, which are shapes and axes, stay on the processor.
    Raises UserError for a file that is no ONNX graph of this kind, naming the operators it does not know.
    """

    def __init__(self, path: Path, output: str = "") -> None:
        super().__init__()
        graph = _graph(path)
        constants = {c.name: _tensor(c) for c in graph.initializer}
        inputs = [i.name for i in graph.input if i.name not in constants]
        outputs = [o.name for o in graph.output if output in ("", o.name)]
        _check(path, graph, inputs, outputs)
        self._input, self._output = inputs[0], outputs[0]
        self._steps = []
        for node in graph.node:
            attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
            if node.op_type == _CONSTANT:
                constants[node.output[0]] = _constant(attributes)
            else:
                self._steps.append((OPERATORS[node.op_type], list(node.input), list(node.output), attributes))
        self._whole = {name: value for name, value in constants.items() if not value.is_floating_point()}
        self._names = [name for name in constants if name not in self._whole]
        for place, name in enumerate(self._names):  # names in graphs hold dots, which buffers' must not
            self.register_buffer(f"weight{place}", constants[name])

    def forward(self, x: Tensor) -> Tensor:
        """Run the graph on a batch, also where the file was exported for a batch of one."""
        weights = {name: self.get_buffer(f"weight{place}") for place, name in enumerate(self._names)}
        values: dict[str, Tensor] = {**self._whole, **weights, self._input: x}
        for operator, inputs, outputs, attributes in self._steps:
            made = operator(*[values[name] if name else None for name in inputs], **attributes)
            values.update(zip(outputs, made if isinstance(made, tuple) else (made,), strict=False))
        return values[self._output]


def _check(path: Path, graph: onnx.GraphProto, inputs: list[str], outputs: list[str]) -> None:
    unknown = sorted({node.op_type for node in graph.node} - set(OPERATORS) - {_CONSTANT})
    if unknown or len(inputs) != 1 or len(outputs) != 1:
        found = f"operators {', '.join(unknown)}" if unknown else f"{len(inputs)} inputs, {len(outputs)} outputs"
        raise UserError(f"{path} cannot stand in a loss: {found}; give a recognition network of the ArcFace family")


def _graph(path: Path) -> onnx.GraphProto:
    try:
        return onnx.load(str(path)).graph
    except Exception as fault:  # protobuf's own errors, which onnx does not re-export
        raise UserError(f"{path} is no ONNX file ({fault}); fetch it again") from fault


def _constant(attributes: Attributes) -> Tensor:
    """The value of a Constant node: a tensor, or since operator set 12 a number or a list of them."""
    (value,) = attributes.values()
    return _tensor(value) if isinstance(value, onnx.TensorProto) else torch.tensor(value)


def _tensor(proto: Any) -> Tensor:
    return torch.from_numpy(np.array(numpy_helper.to_array(proto)))
