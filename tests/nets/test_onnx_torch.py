from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from tasks.core.errors import UserError
from tasks.nets.onnx_torch import OnnxNet

Weights = dict[str, NDArray[Any] | np.float32]


def write_graph(path: Path, nodes: list[onnx.NodeProto], weights: Weights | None = None) -> Path:
    shape: list[str | int | None] = ["n", 4, 6, 6]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in (weights or {}).items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, str(path))
    return path


def normal(*shape: int) -> NDArray[np.float32]:
    return np.random.default_rng(len(shape)).normal(size=shape).astype(np.float32)


def apart(path: Path, x: NDArray[np.float32], output: str = "") -> float:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    expected = session.run([output] if output else None, {session.get_inputs()[0].name: x})[0]
    with torch.no_grad():
        got = OnnxNet(path, output)(torch.from_numpy(x)).numpy()
    assert got.shape == expected.shape
    return float(np.abs(got - expected).max())


@pytest.mark.parametrize("name", ["mobilefacenet_112", "mobilefacenet_insightface_112"])
def test_a_recognition_network_gives_what_onnx_runtime_gives(models_dir: Path, name: str) -> None:
    x = np.random.default_rng(0).uniform(-1, 1, (1, 3, 112, 112)).astype(np.float32)
    assert apart(models_dir / f"{name}.onnx", x * (127.5 if "insightface" in name else 1)) < 1e-4


# Not of the ArcFace family, and with the operators of newer encoders: shapes computed in the graph, slices, pools.
@pytest.mark.parametrize(
    ("name", "side", "output"),
    [
        ("fsanet_1x1_headpose", 64, ""),
        ("fsanet_var_headpose", 64, ""),
        ("expression_7_112", 112, ""),
        ("pfld-106-lite", 112, "output"),
    ],
)
def test_other_graphs_on_faces_run_too(models_dir: Path, name: str, side: int, output: str) -> None:
    x = np.random.default_rng(0).uniform(0, 1, (1, 3, side, side)).astype(np.float32)
    assert apart(models_dir / f"{name}.onnx", x, output) < 2e-4  # angles in degrees, logits, shares of the crop


def test_weights_move_with_the_net_and_shapes_stay(tmp_path: Path) -> None:
    nodes, weights = GRAPHS["clip, transpose, concat and reshape"]
    net = OnnxNet(write_graph(tmp_path / "g.onnx", nodes, weights)).to("meta")
    assert all(buffer.is_meta for buffer in net.buffers()) and len(list(net.buffers())) == 2
    assert net(torch.zeros(2, 4, 6, 6, device="meta")).is_meta


def test_a_network_exported_for_one_face_takes_a_batch(models_dir: Path) -> None:
    net = OnnxNet(models_dir / "mobilefacenet_112.onnx")
    faces = torch.rand(3, 3, 112, 112) * 2 - 1
    with torch.no_grad():
        together, alone = net(faces), torch.cat([net(face[None]) for face in faces])
    torch.testing.assert_close(together, alone, atol=1e-4, rtol=1e-4)


node = helper.make_node
GRAPHS: dict[str, tuple[list[onnx.NodeProto], Weights]] = {
    "a padded, strided, grouped convolution": (
        [node("Conv", ["x", "w", "b"], ["y"], pads=[1, 0, 2, 1], strides=[2, 1], group=2)],
        {"w": normal(6, 2, 3, 3), "b": normal(6)},
    ),
    "batch norm and parametric ReLU": (
        [
            node("BatchNormalization", ["x", "s", "b", "m", "v"], ["h"], epsilon=1e-3),
            node("PRelu", ["h", "p"], ["y"]),
        ],
        {"s": normal(4), "b": normal(4), "m": normal(4), "v": normal(4) ** 2, "p": normal(4, 1, 1)},
    ),
    "pool, flatten and a transposed product": (
        [
            node("GlobalAveragePool", ["x"], ["p"]),
            node("Flatten", ["p"], ["f"]),
            node("Gemm", ["f", "w", "b"], ["y"], transB=1, alpha=0.5, beta=2.0),
        ],
        {"w": normal(5, 4), "b": normal(5)},
    ),
    "clip, transpose, concat and reshape": (
        [
            node("Clip", ["x", "lo", "hi"], ["c"]),
            node("Transpose", ["c"], ["t"], perm=[0, 2, 3, 1]),
            node("Concat", ["t", "t"], ["k"], axis=3),
            node("Reshape", ["k", "shape"], ["y"]),
        ],
        {"lo": np.float32(-0.5), "hi": np.float32(0.25), "shape": np.array([0, 6, -1], np.int64)},
    ),
    "element-wise arithmetic with constants": (
        [
            node("Sub", ["x", "a"], ["s"]),
            node("Div", ["s", "d"], ["q"]),
            node("Mul", ["q", "q"], ["m"]),
            node("Sqrt", ["m"], ["r"]),
            node("Add", ["r", "a"], ["y"]),
        ],
        {"a": np.float32(0.3), "d": np.float32(2.0)},
    ),
    "means, norms and activations": (
        [
            node("ReduceMean", ["x"], ["m"], axes=[2, 3], keepdims=0),
            node("Sigmoid", ["m"], ["g"]),
            node("Tanh", ["g"], ["h"]),
            node("LeakyRelu", ["h"], ["l"], alpha=0.1),
            node("ReduceL2", ["l"], ["y"], axes=[1], keepdims=1),
        ],
        {},
    ),
    "pools that pad one side more, and that round up": (
        [
            node("AveragePool", ["x"], ["a"], kernel_shape=[3, 3], pads=[0, 1, 2, 0]),
            node("MaxPool", ["a"], ["m"], kernel_shape=[2, 2], strides=[2, 2], auto_pad="SAME_UPPER"),
            node("GlobalMaxPool", ["m"], ["y"]),
        ],
        {},
    ),
    "a convolution that pads by itself": (
        [node("Conv", ["x", "w"], ["y"], kernel_shape=[3, 3], strides=[2, 2], auto_pad="SAME_LOWER")],
        {"w": normal(6, 4, 3, 3)},
    ),
    "a reflected frame around a slice": (
        [
            node("Pad", ["x", "pads"], ["p"], mode="reflect"),
            node("Slice", ["p", "starts", "ends", "axes", "steps"], ["y"]),
        ],
        {
            "pads": np.array([0, 0, 2, 1, 0, 0, 1, 2], np.int64),
            "starts": np.array([1, -1], np.int64),
            "ends": np.array([1 << 40, -(1 << 40)], np.int64),
            "axes": np.array([2, 3], np.int64),
            "steps": np.array([1, -2], np.int64),
        },
    ),
    "a shape that the graph computes": (
        [
            node("Shape", ["x"], ["s"]),
            node("Gather", ["s", "zero"], ["b"], axis=0),
            node("Unsqueeze", ["b", "axes"], ["u"]),
            node("Concat", ["u", "rest"], ["shape"], axis=0),
            node("Reshape", ["x", "shape"], ["r"]),
            node("LpNormalization", ["r"], ["y"], axis=1, p=2),
        ],
        {"zero": np.array(0), "axes": np.array([0], np.int64), "rest": np.array([-1], np.int64)},
    ),
    "halves that gate each other": (
        [
            node("Split", ["x"], ["a", "b"], axis=1),
            node("HardSigmoid", ["a"], ["g"], alpha=0.3),
            node("Softmax", ["b"], ["q"], axis=1),
            node("Mul", ["g", "q"], ["m"]),
            node("Exp", ["m"], ["e"]),
            node("Pow", ["e", "two"], ["w"]),
            node("Neg", ["w"], ["n"]),
            node("Abs", ["n"], ["v"]),
            node("Erf", ["v"], ["z"]),
            node("ReduceSum", ["z", "axes"], ["y"]),
        ],
        {"two": np.float32(2), "axes": np.array([1, 2], np.int64)},
    ),
    "average pool with dropped dropout": (
        [
            node("AveragePool", ["x"], ["a"], kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]),
            node("Dropout", ["a"], ["d"]),
            node("Unsqueeze", ["d", "axes"], ["u"]),
            node("Squeeze", ["u", "axes"], ["y"]),
        ],
        {"axes": np.array([2], np.int64)},
    ),
}


@pytest.mark.parametrize("case", list(GRAPHS))
def test_an_operator_gives_what_onnx_runtime_gives(case: str, tmp_path: Path) -> None:
    nodes, weights = GRAPHS[case]
    assert apart(write_graph(tmp_path / "g.onnx", nodes, weights), normal(2, 4, 6, 6)) < 1e-5


def test_an_operator_it_does_not_know_is_named(tmp_path: Path) -> None:
    path = write_graph(tmp_path / "g.onnx", [node("Softsign", ["x"], ["y"])])
    with pytest.raises(UserError, match="Softsign"):
        OnnxNet(path)


def test_a_file_that_is_no_onnx_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "g.onnx"
    path.write_bytes(b"no graph at all")
    with pytest.raises(UserError, match="is no ONNX file"):
        OnnxNet(path)
