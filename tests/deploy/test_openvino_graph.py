from collections import Counter
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from tasks.deploy.onnx_model import onnx_model
from tasks.deploy.openvino_graph import arranged
from tasks.deploy.quantization import quantised, variants
from tasks.nets.generator import Generator

openvino = pytest.importorskip("openvino")

PHOTO = np.random.default_rng(0).uniform(-1, 1, (1, 3, 40, 32)).astype(np.float32)
FLAT = np.array([0, 1, -1], np.int64)  # the whole picture one channel


def read(model: onnx.ModelProto | bytes) -> Any:
    data = model if isinstance(model, bytes) else model.SerializeToString()
    return openvino.Core().read_model(data)


def drawing(model: Any) -> NDArray[np.float32]:
    compiled = openvino.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return np.array(compiled(PHOTO)[0])


def kinds(model: Any) -> Counter[str]:
    return Counter(node.get_type_name() for node in model.get_ordered_ops())


def normed(flat: NDArray[np.int64], scale: float = 1.0, shift: float = 0.0, channels: int = 1) -> onnx.ModelProto:
    """A graph that flattens a photo, norms it and shapes it as it was."""
    constants: dict[str, NDArray[Any]] = {
        "flat": flat,
        "scale": np.full(channels, scale, np.float32),
        "shift": np.full(channels, shift, np.float32),
    }
    nodes = [
        helper.make_node("Reshape", ["photo", "flat"], ["long"]),
        helper.make_node("InstanceNormalization", ["long", "scale", "shift"], ["normal"]),
        helper.make_node("Shape", ["photo"], ["sides"]),
        helper.make_node("Reshape", ["normal", "sides"], ["drawing"]),
    ]
    ends = [helper.make_tensor_value_info(n, TensorProto.FLOAT, ["n", 3, "h", "w"]) for n in ("photo", "drawing")]
    weights = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "norm", ends[:1], ends[1:], weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


@pytest.fixture(scope="module")
def generator() -> onnx.ModelProto:
    torch.manual_seed(0)
    return onnx_model(Generator().eval())


def test_no_norm_of_a_generator_flattens_the_picture_and_its_drawing_stays(generator: onnx.ModelProto) -> None:
    plain, found = read(generator), arranged(read(generator))
    assert kinds(found)["MVN"] == kinds(plain)["MVN"] > 0
    assert kinds(found)["Reshape"] < kinds(found)["MVN"] < kinds(plain)["Reshape"]
    np.testing.assert_allclose(drawing(found), drawing(plain), atol=1e-4)


def test_what_is_rounded_to_eight_bits_is_padded_afterwards(generator: onnx.ModelProto) -> None:
    variant = next(variant for variant in variants(generator) if variant.name == "convolutions")
    model = next(iter(quantised(generator, [variant], [{"photo": PHOTO}])))
    plain, found = read(model), arranged(read(model))

    def padded(model: Any) -> Counter[str]:
        """What reads the borders."""
        pads = [node for node in model.get_ordered_ops() if node.get_type_name() == "Pad"]
        return Counter(user.get_node().get_type_name() for pad in pads for user in pad.output(0).get_target_inputs())

    assert set(padded(plain)) == {"FakeQuantize"}
    assert set(padded(found)) <= {"Convolution", "GroupConvolution"}
    assert np.abs(drawing(found) - drawing(plain)).mean() < 0.02


@pytest.mark.parametrize(
    "model",
    [
        normed(FLAT, scale=2.0),
        normed(FLAT, shift=0.5),
        normed(np.array([0, 3, -1], np.int64), channels=3),
    ],
    ids=["a scale", "a shift", "a norm of each channel"],
)
def test_another_norm_stays_as_it_is(model: onnx.ModelProto) -> None:
    plain, found = read(model), arranged(read(model))
    assert kinds(found) == kinds(plain)
    np.testing.assert_array_equal(drawing(found), drawing(plain))
