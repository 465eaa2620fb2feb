"""The runtimes that can draw with an ONNX file here, as sessions of one kind, and how long they take."""

import importlib
import importlib.util
import time
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any, Protocol, TypeVar

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper

from tasks.core.errors import UserError, nearest

K = TypeVar("K")
Feeds = Mapping[str, NDArray[np.float32]]  # the model's inputs by name

CPU, OPENVINO = "onnxruntime-cpu", "openvino"
PROVIDERS = {
    CPU: "CPUExecutionProvider",
    "onnxruntime-cuda": "CUDAExecutionProvider",
    "onnxruntime-tensorrt": "TensorrtExecutionProvider",
}
RUNTIMES = (*PROVIDERS, OPENVINO)


class Session(Protocol):
    """A generator that is loaded and ready."""

    def run(self, feeds: Feeds) -> NDArray[np.float32]:
        """The drawings n x 3 x h x w, -1..1, of photos and what else the model takes."""
        ...


class OrtSession:
    """ONNX Runtime with one of its providers."""

    def __init__(self, model: str | bytes, provider: str, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3  # its warnings tell of each operator that a provider leaves to the processor
        self._session = onnxruntime.InferenceSession(model, options, providers=[provider])
        if self._session.get_providers()[0] != provider:  # it falls back to the processor without an error
            raise RuntimeError(f"{provider} did not start")

    def run(self, feeds: Feeds) -> NDArray[np.float32]:
        """The drawings."""
        return np.asarray(self._session.run(None, dict(feeds))[0], np.float32)


class OpenVinoSession:
    """OpenVINO on the processor in FP32 or what the file says, compiled anew for each size of picture."""

    def __init__(self, model: str | bytes, threads: int) -> None:
        self._core = importlib.import_module("openvino").Core()
        self._model, self._compiled = self._core.read_model(model), cache(self._compile)
        # Without the hint it computes FP32 files in BF16 where the processor can.
        self._settings: dict[str, Any] = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
        self._settings |= {"INFERENCE_NUM_THREADS": threads} if threads else {}

    def run(self, feeds: Feeds) -> NDArray[np.float32]:
        """The drawings."""
        compiled = self._compiled(tuple((name, array.shape) for name, array in feeds.items()))
        return np.array(compiled(dict(feeds))[0], np.float32)

    def _compile(self, shapes: tuple[tuple[str, tuple[int, ...]], ...]) -> Any:
        self._model.reshape({name: list(shape) for name, shape in shapes})
        return self._core.compile_model(self._model, "CPU", self._settings)


def open_session(runtime: str, model: Path | bytes, threads: int = 0) -> Session:
    """A model's session; 0 threads: all cores.

    Raises UserError for a runtime that is unknown or not at hand here, and for a model that it does not load.
    """
    if runtime not in RUNTIMES:
        raise UserError(f"runtime {runtime!r} is unknown; {nearest(runtime, list(RUNTIMES))}")
    if runtime not in present():
        raise UserError(f"runtime {runtime} is not installed; here there are {', '.join(present())}")
    given = model if isinstance(model, bytes) else str(model)
    try:
        return (
            OpenVinoSession(given, threads) if runtime == OPENVINO else OrtSession(given, PROVIDERS[runtime], threads)
        )
    except Exception as fault:  # neither runtime has a narrower class for a broken file or a missing device
        told = "the model" if isinstance(model, bytes) else model
        raise UserError(f"{runtime} does not load {told}: {' '.join(str(fault).split())[:300]}") from fault


def present() -> tuple[str, ...]:
    """The runtimes that are installed."""
    providers = onnxruntime.get_available_providers()
    found = [name for name, provider in PROVIDERS.items() if provider in providers]
    return (*found, *([OPENVINO] if importlib.util.find_spec(OPENVINO) else []))


def usable() -> tuple[str, ...]:
    """The installed runtimes that also start here: a provider for a GPU can be installed where there is none."""
    found = []
    for runtime in present():
        try:
            open_session(runtime, _handing_on()).run({"photo": np.zeros((1, 3, 16, 16), np.float32)})
        except UserError:
            continue
        found.append(runtime)
    return tuple(found)


def medians(works: Mapping[K, Callable[[], object]], rounds: int = 7) -> dict[K, float]:
    """The median seconds of each work over the rounds; they take turns, so that a busy moment meets all of them."""
    took: dict[K, list[float]] = {name: [] for name in works}
    for number in range(rounds + 1):
        for name, work in works.items():
            began = time.perf_counter()
            work()
            if number:  # the first round warms up
                took[name].append(time.perf_counter() - began)
    return {name: median(seconds) for name, seconds in took.items()}


def _handing_on() -> bytes:
    ends = [helper.make_tensor_value_info(n, TensorProto.FLOAT, ["n", 3, "h", "w"]) for n in ("photo", "drawing")]
    graph = helper.make_graph([helper.make_node("Relu", ["photo"], ["drawing"])], "relu", ends[:1], ends[1:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    return bytes(model.SerializeToString())
