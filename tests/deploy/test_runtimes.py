import importlib.util
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import onnxruntime
import pytest

from tasks.core.errors import UserError
from tasks.deploy import runtimes
from tasks.deploy.export import save_onnx
from tasks.deploy.runtimes import CPU, CUDA, OPENVINO, PROVIDERS, medians, open_best, open_session, present, usable
from tasks.nets.condition import Conditioned, Vocabulary
from tasks.nets.student import new_student
from tests.conftest import ROOT

PHOTO = np.random.default_rng(0).uniform(-1, 1, (1, 3, 33, 48)).astype(np.float32)


@pytest.fixture(scope="module")
def untrained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("runtimes") / "student.onnx"
    save_onnx(new_student(0).eval(), path)
    return path


def test_onnx_runtime_s_processor_is_always_there() -> None:
    assert present()[0] == usable()[0] == CPU
    assert set(usable()) <= set(present()) <= set(runtimes.RUNTIMES)


@pytest.mark.parametrize("runtime", runtimes.RUNTIMES)
def test_every_runtime_that_starts_draws_the_same_at_any_size(runtime: str, untrained: Path) -> None:
    if runtime not in usable():
        pytest.skip(f"{runtime} does not start here")
    session = open_session(runtime, untrained, 1)
    for photo in (PHOTO, PHOTO[..., :17, :31], PHOTO.repeat(2, 0)):
        np.testing.assert_allclose(session.run({"photo": photo}), photo, atol=1e-3)


@pytest.mark.parametrize("name", ["onnxruntime-cuda", "onnxruntime-tensorrt", OPENVINO])
def test_a_runtime_that_is_not_installed_is_named_with_those_that_are(
    name: str, untrained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CPUExecutionProvider"])
    with pytest.raises(UserError, match=f"{name} is not installed; here there are {CPU}$"):
        open_session(name, untrained)


def test_the_best_runtime_is_the_first_that_is_here_and_loads(untrained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []

    def opening(runtime: str, _model: Path | bytes, _threads: int) -> runtimes.Session:
        tried.append(runtime)
        if runtime != CPU:
            raise UserError(f"{runtime} did not start")
        return open_session(runtime, untrained, 1)

    monkeypatch.setattr(runtimes, "present", lambda: (CPU, CUDA, "onnxruntime-tensorrt", OPENVINO))
    monkeypatch.setattr(runtimes, "open_session", opening)
    name, session = open_best(untrained, 1)
    assert name == CPU and tried == [CUDA, OPENVINO, CPU]
    assert list(session.inputs) == ["photo"] and session.inputs["photo"][1] == 3
    tried.clear()
    open_best(b"... QuantizeLinear ...", 1)
    assert tried == [OPENVINO, CPU]


@pytest.mark.parametrize("runtime", [*PROVIDERS, OPENVINO])
def test_a_session_tells_what_the_model_takes(runtime: str, tmp_path: Path) -> None:
    if runtime not in usable():
        pytest.skip(f"{runtime} does not start here")
    save_onnx(Conditioned(new_student(0), Vocabulary((("hair", ("black", "red")),))).eval(), tmp_path / "x.onnx")
    inputs = open_session(runtime, tmp_path / "x.onnx", 1).inputs
    assert list(inputs) == ["photo", "wishes", "strength"]
    assert inputs["photo"][1] == 3 and inputs["wishes"][1] == 2


def test_a_size_that_openvino_cannot_draw_is_named(untrained: Path) -> None:
    if OPENVINO not in usable():
        pytest.skip(f"{OPENVINO} does not start here")
    with pytest.raises(UserError, match=rf"openvino does not draw .*\(1, 4, 32, 32\).*or runtime {CPU}"):
        open_session(OPENVINO, untrained, 1).run({"photo": np.zeros((1, 4, 32, 32), np.float32)})


GROWTH = """
import sys
from pathlib import Path

import numpy as np

from tasks.deploy.runtimes import OPENVINO, open_session


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


session = open_session(OPENVINO, Path(sys.argv[1]), 1)
session.run({"photo": np.zeros((1, 3, 16, 16), np.float32)})
before = resident()
for side in (512, 520, 528, 536):
    session.run({"photo": np.zeros((1, 3, side, side), np.float32)})
print(resident() - before)
"""


def test_no_feature_maps_are_kept_of_the_sizes_that_were_drawn(untrained: Path) -> None:
    if OPENVINO not in usable() or not Path("/proc/self/statm").is_file():
        pytest.skip(f"{OPENVINO} does not start here, or memory is not told")
    child = subprocess.run([sys.executable, "-c", GROWTH, untrained], check=True, capture_output=True, text=True)
    assert int(child.stdout) < 100e6


@pytest.mark.parametrize("runtime", [CPU, OPENVINO])
def test_a_picture_that_a_runtime_does_not_draw_is_a_fault_of_that_picture(runtime: str, untrained: Path) -> None:
    if runtime not in usable():
        pytest.skip(f"{runtime} does not start here")
    session = open_session(runtime, untrained, 1)
    with pytest.raises(runtimes.PictureError, match=r"does not draw .*\(1, 4, 32, 32\).*try another size"):
        session.run({"photo": np.zeros((1, 4, 32, 32), np.float32)})
    assert session.run({"photo": PHOTO}).shape == PHOTO.shape


def test_a_provider_that_is_installed_but_has_no_device_is_not_usable(monkeypatch: pytest.MonkeyPatch) -> None:
    cuda = "CUDAExecutionProvider"
    if "onnxruntime-cuda" in usable():
        pytest.skip("there is a device")
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [cuda, "CPUExecutionProvider"])
    assert "onnxruntime-cuda" in present() and "onnxruntime-cuda" not in usable()


def test_an_unknown_runtime_and_a_broken_model_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="did you mean openvino"):
        open_session("openvine", tmp_path / "x.onnx")
    (tmp_path / "x.onnx").write_bytes(b"nothing of use")
    with pytest.raises(UserError, match=rf"{CPU} does not load .*x\.onnx"):
        open_session(CPU, tmp_path / "x.onnx")


def test_works_take_turns_and_the_first_round_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    passed = 0.0
    monkeypatch.setattr(runtimes, "time", SimpleNamespace(perf_counter=lambda: passed))

    def work(name: str, *seconds: float) -> None:
        nonlocal passed
        passed += seconds[order.count(name)]
        order.append(name)

    found = medians({"a": lambda: work("a", 90, 2, 50, 3), "b": lambda: work("b", 90, 4, 5, 1)}, rounds=3)
    assert order == ["a", "b"] * 4
    assert found == {"a": 3, "b": 4}


STACK = """
import ctypes
from tasks.deploy import runtimes
class Stack(ctypes.Structure):
    _fields_ = [("start", ctypes.c_void_p), ("flags", ctypes.c_int), ("size", ctypes.c_size_t)]
runtimes.usable()
found = Stack()
ctypes.CDLL(None).sigaltstack(None, ctypes.byref(found))
print(found.flags)
"""
DISABLED = 2  # SS_DISABLE


@pytest.mark.skipif(sys.platform != "linux", reason="sigaltstack by Linux' numbers")
def test_no_runtime_leaves_the_main_thread_a_signal_stack_that_is_too_small() -> None:
    found = subprocess.run([sys.executable, "-c", STACK], check=True, capture_output=True, text=True, cwd=ROOT)
    assert int(found.stdout) == DISABLED
