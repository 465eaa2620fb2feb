from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import TensorProto
from safetensors.torch import load_file
from torch import nn

from tasks.deploy.export import TOLERANCE, feeds, parity, save_generator, save_half, save_onnx, save_weights
from tasks.deploy.onnx_graph import Graph
from tasks.deploy.onnx_model import onnx_model
from tasks.nets import architectures
from tasks.nets.condition import Conditioned, Vocabulary
from tasks.nets.generator import Generator
from tasks.nets.student import Student, new_student

HAIR = Vocabulary((("hair", ("black", "blonde", "red")),))


def animegan() -> nn.Module:
    torch.manual_seed(0)
    return Generator().eval()


def student() -> Student:
    """A student with norms that have seen pictures and a head that draws."""
    net = new_student(0)
    with torch.no_grad():
        net.head.weight.normal_(0, 0.1)
        for module in net.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.weight.uniform_(0.5, 1.5)
        for _ in range(3):
            net(torch.rand(2, 3, 64, 64) * 2 - 1)
    return net.eval()


def controlled(make: Callable[[], nn.Module], vocabulary: Vocabulary) -> nn.Module:
    net = Conditioned(make(), vocabulary)
    nn.init.normal_(net.condition.layers[-1].get_parameter("weight"), std=0.2)
    return net.eval()


KINDS: dict[str, Callable[[], nn.Module]] = {
    "animeganv2": animegan,
    "student": student,
    "animeganv2 with hair and strength": lambda: controlled(animegan, HAIR),
    "student with hair and strength": lambda: controlled(student, HAIR),
    "student with strength": lambda: controlled(student, Vocabulary()),
}


@pytest.fixture(scope="module", params=list(KINDS))
def exported(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[nn.Module, Path]:
    net, path = KINDS[request.param](), tmp_path_factory.mktemp("onnx") / "generator.onnx"
    save_onnx(net, path)
    return net, path


@pytest.mark.parametrize("size", [(64, 64), (50, 77), (128, 32), (17, 31)])
def test_onnx_draws_what_torch_draws_at_any_size(exported: tuple[nn.Module, Path], size: tuple[int, int]) -> None:
    assert parity(*exported, *size) <= TOLERANCE / 10


def test_the_onnx_interface_is_named_and_free_in_batch_height_and_width(exported: tuple[nn.Module, Path]) -> None:
    session = onnxruntime.InferenceSession(str(exported[1]), providers=["CPUExecutionProvider"])
    given = feeds(exported[0], 32, 36)
    shapes = {"photo": ["n", 3, "h", "w"], "wishes": ["n", HAIR.size], "strength": ["n"]}
    assert [(i.name, i.shape) for i in session.get_inputs()] == [(name, shapes[name]) for name in given]
    assert [o.name for o in session.get_outputs()] == ["drawing"]
    assert session.run(None, given)[0].shape == (2, 3, 32, 36)


@pytest.mark.parametrize("save", [save_onnx, save_half])
def test_at_strength_0_the_file_gives_the_photo_to_the_bit(
    save: Callable[[nn.Module, Path], float], tmp_path: Path
) -> None:
    net, path = KINDS["student with hair and strength"](), tmp_path / "c.onnx"
    save(net, path)
    given = feeds(net, 32, 36)
    given["strength"][:] = 0
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    np.testing.assert_array_equal(session.run(None, given)[0], given["photo"])


def test_the_same_weights_give_the_same_onnx_bytes_without_a_trace_of_the_machine(
    exported: tuple[nn.Module, Path], tmp_path: Path
) -> None:
    again = tmp_path / "again.onnx"
    save_onnx(exported[0], again)
    assert again.read_bytes() == exported[1].read_bytes()
    assert not [n for n in onnx.load(str(exported[1])).graph.node if n.doc_string]


@pytest.mark.parametrize("kind", list(KINDS))
def test_in_half_width_a_file_draws_within_two_grey_levels_and_takes_half_the_room(kind: str, tmp_path: Path) -> None:
    net = KINDS[kind]()
    assert save_half(net, tmp_path / "half.onnx") < 2
    save_onnx(net, tmp_path / "full.onnx")
    assert (tmp_path / "half.onnx").stat().st_size < 0.55 * (tmp_path / "full.onnx").stat().st_size


def test_the_error_of_half_width_counts_what_its_feature_maps_lose(tmp_path: Path) -> None:
    net = animegan().half().float()  # so that the weights lose nothing
    told = save_half(net, tmp_path / "half.onnx") / 127.5
    assert told > 2 * parity(net, tmp_path / "half.onnx")


def test_in_half_width_the_norms_stay_in_fp32() -> None:
    graph = onnx.shape_inference.infer_shapes(onnx_model(animegan(), half=True)).graph
    types = {v.name: v.type.tensor_type.elem_type for v in graph.value_info}
    found = {
        op: {types[n.output[0]] for n in graph.node if n.op_type == op} for op in ("Conv", "InstanceNormalization")
    }
    assert found == {"Conv": {TensorProto.FLOAT16}, "InstanceNormalization": {TensorProto.FLOAT}}


def test_a_network_that_is_no_generator_is_named() -> None:
    with pytest.raises(TypeError, match="Linear is no generator"):
        onnx_model(nn.Linear(1, 1))


def test_a_conditioned_generator_is_written_with_its_vocabulary_and_the_same_twice(tmp_path: Path) -> None:
    net = KINDS["student with hair and strength"]()
    paths = [tmp_path / name for name in ("a.safetensors", "b.safetensors")]
    for path in paths:
        save_generator(net, path)
    loaded = architectures.load("student", paths[0])
    assert isinstance(loaded, Conditioned) and loaded.vocabulary == HAIR
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_a_layer_without_an_onnx_form_is_named() -> None:
    with pytest.raises(TypeError, match="GELU"):
        Graph().add(nn.GELU(), "x")


@pytest.mark.parametrize(("dtype", "size"), [(torch.float16, 4_400_000), (torch.float32, 8_700_000)])
def test_weights_are_written_in_the_width_asked_for_and_the_same_twice(
    tmp_path: Path, dtype: torch.dtype, size: int
) -> None:
    state = Generator().state_dict()
    paths = [tmp_path / name for name in ("a.safetensors", "b.safetensors")]
    for path, items in zip(paths, (state.items(), reversed(state.items())), strict=True):
        save_weights(dict(items), path, dtype)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert paths[0].stat().st_size < size
    assert {t.dtype for t in load_file(paths[0]).values()} == {dtype}
