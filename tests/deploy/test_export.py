from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from tasks.deploy.export import TOLERANCE, parity, save_onnx, save_weights
from tasks.nets.generator import Generator
from tasks.deploy.onnx_graph import Graph


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Generator, Path]:
    torch.manual_seed(0)
    generator, path = Generator().eval(), tmp_path_factory.mktemp("onnx") / "generator.onnx"
    save_onnx(generator, path)
    return generator, path


@pytest.mark.parametrize("size", [(64, 64), (50, 77), (128, 32)])
def test_onnx_draws_what_torch_draws_at_any_size(exported: tuple[Generator, Path], size: tuple[int, int]) -> None:
    assert parity(*exported, *size) <= TOLERANCE


def test_the_onnx_interface_is_named_and_free_in_batch_height_and_width(exported: tuple[Generator, Path]) -> None:
    session = onnxruntime.InferenceSession(str(exported[1]), providers=["CPUExecutionProvider"])
    assert [(i.name, i.shape) for i in session.get_inputs()] == [("photo", ["n", 3, "h", "w"])]
    assert [o.name for o in session.get_outputs()] == ["drawing"]
    drawn = session.run(None, {"photo": np.zeros((3, 3, 32, 36), np.float32)})[0]
    assert drawn.shape == (3, 3, 32, 36)


def test_the_same_weights_give_the_same_onnx_bytes_without_a_trace_of_the_machine(
    exported: tuple[Generator, Path], tmp_path: Path
) -> None:
    again = Generator()
    again.load_state_dict(exported[0].state_dict())
    save_onnx(again, tmp_path / "again.onnx")
    assert (tmp_path / "again.onnx").read_bytes() == exported[1].read_bytes()
    assert not [n for n in onnx.load(str(exported[1])).graph.node if n.doc_string]


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
