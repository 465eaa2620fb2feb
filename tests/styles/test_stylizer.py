import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tasks.core.errors import UserError
from tasks.core.image import Image
from tasks.deploy.export import save_onnx
from tasks.deploy.runtimes import CPU, OPENVINO, present
from tasks.nets.student import new_student
from tasks.styles import teacher
from tasks.styles.stylizer import Stylizer, opened


class RedOnly(nn.Module):
    """Keeps the first channel and blackens the others; planar or not."""

    def __init__(self, planar: bool) -> None:
        super().__init__()
        keep = torch.tensor([1.0, 0.0, 0.0])
        self.keep = keep.view(1, 3, 1, 1) if planar else keep.view(1, 1, 1, 3)

    def forward(self, x: Tensor) -> Tensor:
        return (x + 1) * self.keep - 1


def exported(path: Path, planar: bool) -> Path:
    shape = (1, 3, 8, 8) if planar else (1, 8, 8, 3)
    axes = {2: "h", 3: "w"} if planar else {1: "h", 2: "w"}
    torch.onnx.export(
        RedOnly(planar), (torch.zeros(shape),), str(path), input_names=["x"], dynamic_axes={"x": axes}, dynamo=False
    )
    return path


@pytest.fixture
def image() -> Image:
    return np.random.default_rng(0).integers(0, 256, (13, 22, 3), np.uint8)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("planar", [True, False])
@pytest.mark.parametrize(("colour", "channel"), [("rgb", 0), ("bgr", 2)])
def test_layout_channels_range_and_odd_sides(
    tmp_path: Path, image: Image, planar: bool, colour: str, channel: int
) -> None:
    drawn = Stylizer(exported(tmp_path / "m.onnx", planar), colour).run(image)
    expected = np.zeros_like(image)
    expected[..., channel] = image[..., channel]
    assert np.array_equal(drawn, expected)


def test_a_file_that_is_no_model_is_named(tmp_path: Path) -> None:
    (tmp_path / "m.onnx").write_bytes(b"no model")
    with pytest.raises(UserError, match=r"does not load .*m.onnx: "):
        Stylizer(tmp_path / "m.onnx")


def test_a_missing_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"missing.onnx is no file; name an .onnx model, or `cel`"):
        Stylizer(tmp_path / "missing.onnx")


def test_a_real_stylizer_draws(models_dir: Path) -> None:
    assert models_dir.is_dir()
    master = teacher.find("cartoongan_hosoda", "rgb", "any")
    assert master is not None
    assert master.colour == "bgr"
    grey = np.full((64, 96, 3), 128, np.uint8)
    drawn = master.draw()(grey)
    assert drawn.shape == grey.shape
    assert abs(drawn.astype(int) - grey).mean() < 60


def test_a_licence_that_forbids_the_teacher_is_named(models_dir: Path) -> None:
    assert models_dir.is_dir()
    with pytest.raises(UserError, match="cartoongan_hosoda"):
        teacher.find("cartoongan_hosoda", "rgb", "commercial")


def test_the_best_runtime_is_chosen_and_named(tmp_path: Path, image: Image, monkeypatch: pytest.MonkeyPatch) -> None:
    save_onnx(new_student(0).eval(), tmp_path / "m.onnx")
    best = Stylizer(tmp_path / "m.onnx", threads=1)
    assert best.runtime == (OPENVINO if OPENVINO in present() else CPU)
    plain = Stylizer(tmp_path / "m.onnx", threads=1, runtime=CPU)
    assert plain.runtime == opened(tmp_path / "m.onnx").runtime == CPU
    np.testing.assert_array_equal(best.run(image), image)  # an untrained student hands it on
    np.testing.assert_array_equal(plain.run(image), image)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert Stylizer(tmp_path / "m.onnx", threads=1).runtime == CPU


def test_a_runtime_that_is_not_at_hand_is_named(tmp_path: Path) -> None:
    save_onnx(new_student(0).eval(), tmp_path / "m.onnx")
    with pytest.raises(UserError, match=r"runtime 'openvin' is unknown; did you mean openvino"):
        Stylizer(tmp_path / "m.onnx", runtime="openvin")


def test_drawing_an_onnx_file_imports_no_torch() -> None:
    code = "import sys, tasks.styles.stylizer; sys.exit(any(name in sys.modules for name in ('torch', 'onnx')))"
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], check=False).returncode == 0
