import re
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from tasks.core.errors import UserError
from tasks.core.image import Image
from tasks.deploy import int8
from tasks.deploy.int8 import Face, Figures, Gate, Matrix, asked, save_int8
from tasks.deploy.onnx_model import onnx_model
from tasks.deploy.quantization import quantised, variants
from tasks.deploy.runtimes import CPU, open_session
from tasks.nets.condition import Conditioned, Vocabulary
from tasks.nets.generator import Generator
from tasks.nets.student import Student

ALWAYS = Gate(min_speedup=0.0)  # a test's machine has other work: what is faster there says nothing


def photo(seed: int, side: int = 48) -> Image:
    coarse = np.random.default_rng(seed).integers(0, 256, (7, 7, 3)).astype(np.uint8)
    return np.asarray(cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC), np.uint8)


def embed(image: Image, _: Matrix) -> NDArray[np.float32]:
    """Stands for a recognition network: the picture itself, small, of unit length."""
    vector = cv2.resize(image, (8, 8), interpolation=cv2.INTER_AREA).astype(np.float32).ravel() - 127.5
    return np.asarray(vector / np.linalg.norm(vector), np.float32)


def student() -> Student:
    torch.manual_seed(0)
    net = Student((8, 16, 16), depth=1)
    with torch.no_grad():
        net.head.weight.normal_(0, 0.03)
        for _ in range(3):
            net(torch.rand(2, 3, 64, 64) * 2 - 1)
    return net.eval()


LESSONS = [photo(seed) for seed in range(4)]
FACES = [Face(photo(seed), np.eye(2, 3)) for seed in range(10, 13)]


@pytest.fixture(autouse=True)
def small_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(int8, "SIDE", 64)


@pytest.mark.parametrize("conditioned", [False, True])
def test_what_passes_is_written_and_draws_what_fp32_draws(conditioned: bool, tmp_path: Path) -> None:
    words = Vocabulary((("hair", ("black", "red")),))
    net: nn.Module = Conditioned(student(), words).eval() if conditioned else student()
    verdict = save_int8(net, tmp_path / "int8.onnx", LESSONS, FACES, embed, ALWAYS, threads=1)
    assert verdict.ships and verdict.runtime == CPU and verdict.figures.ssim >= 0.97
    full, eight = (open_session(CPU, m) for m in (onnx_model(net).SerializeToString(), tmp_path / "int8.onnx"))
    feeds = asked(net, photo(20, 51))
    apart = np.abs(full.run(feeds) - eight.run(feeds)).mean()
    assert 0 < apart < 0.05


@pytest.mark.parametrize(
    ("gate", "reason"),
    [
        (Gate(min_speedup=1e6), "times as fast as FP32, and must be more than 1e"),
        (Gate(min_ssim=1.1), r"SSIM to FP32 is \d\.\d+, below 1.1"),
        (Gate(max_identity_drop=-1.0), "identity falls by"),
    ],
)
def test_what_does_not_pass_leaves_no_file_and_says_why(gate: Gate, reason: str, tmp_path: Path) -> None:
    (tmp_path / "int8.onnx").write_bytes(b"of an earlier training")
    verdict = save_int8(student(), tmp_path / "int8.onnx", LESSONS[:1], FACES[:1], embed, gate, threads=1)
    assert not verdict.ships and not (tmp_path / "int8.onnx").exists()
    assert re.search(reason, verdict.reason)


@pytest.mark.parametrize(
    ("figures", "reason"),
    [
        (Figures(0.010, 0.97, 1.0, 0.95), ""),
        (Figures(-0.2, 1.0, 1.0, 0.5), ""),
        (Figures(0.011, 0.99, 1.0, 0.5), "identity falls by 0.0110, more than 0.01"),
        (Figures(0.0, 0.9699, 1.0, 0.5), "SSIM to FP32 is 0.9699, below 0.97"),
        (Figures(0.0, 1.0, 1.0, 1.0), "it is 1.00 times as fast as FP32, and must be more than 1.05"),
    ],
)
def test_the_gate_names_the_first_figure_that_fails(figures: Figures, reason: str) -> None:
    assert Gate().reason(figures) == reason


@pytest.mark.parametrize(("lessons", "faces", "message"), [([], FACES, "calibrate"), (LESSONS, [], "judge")])
def test_nothing_to_learn_or_judge_by_is_refused(
    lessons: list[Image], faces: list[Face], message: str, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=message):
        save_int8(student(), tmp_path / "int8.onnx", lessons, faces, embed)


def test_the_same_weights_and_lessons_give_the_same_bytes() -> None:
    net, feeds = student(), [asked(student(), lesson) for lesson in LESSONS]
    model = onnx_model(net)
    first, again = (list(quantised(model, variants(model), feeds)) for _ in range(2))
    assert first == again
    assert len(set(first)) == len(first) == 8


@pytest.mark.parametrize("make", [Generator, student])
def test_norms_and_the_sum_with_the_photo_stay_in_fp32_in_every_variant(make: type[nn.Module]) -> None:
    net = make().eval()
    model = onnx_model(net)
    for variant, file in zip(variants(model), quantised(model, variants(model), [asked(net, photo(0))]), strict=True):
        nodes = onnx.load_from_string(file).graph.node
        narrowed = {node.input[0] for node in nodes if node.op_type == "QuantizeLinear"}
        restored = {node.output[0] for node in nodes if node.op_type == "DequantizeLinear"}
        full = {node.name for node in nodes if node.op_type == "Conv" and node.input[1] not in restored}
        assert full == {name for name in variant.kept if name.startswith("Conv")}
        norms = [node for node in nodes if node.op_type in ("InstanceNormalization", "Mul")]
        sums = [node for node in nodes if node.op_type == "Add" and "photo_in_full" in node.input]
        assert narrowed.isdisjoint(node.output[0] for node in norms + sums)
        assert len(norms) + len(sums) >= 1
