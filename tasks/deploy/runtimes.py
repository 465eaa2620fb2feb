"""The runtimes that can draw with an ONNX file here, as sessions of one kind, and how long they take."""

import importlib
import importlib.util
import threading
import time
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from pathlib import Path
from statistics import median
from typing import Any, Protocol, TypeVar

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from tasks.core.errors import UserError, nearest
from tasks.deploy.openvino_graph import arranged

K = TypeVar("K")
Feeds = Mapping[str, NDArray[np.float32]]  # the model's inputs by name
Shapes = tuple[tuple[str, tuple[int, ...]], ...]  # of the feeds by name, hashable
Sides = tuple[int | str | None, ...]  # of an input; a number where the model fixes it

AUTO, CPU, CUDA, OPENVINO = "auto", "onnxruntime-cpu", "onnxruntime-cuda", "openvino"
PROVIDERS = {
    CPU: "CPUExecutionProvider",
    CUDA: "CUDAExecutionProvider",
    "onnxruntime-tensorrt": "TensorrtExecutionProvider",
}
RUNTIMES = (*PROVIDERS, OPENVINO)
# The fastest first. TensorRT builds an engine for each size of picture: minutes, to be asked for by name.
# Where every picture has a size of its own, compiling takes OpenVINO's lead: of 0.8 MP the student draws in 0.40 s
# under it, in 0.28 s under ONNX Runtime. It stays before it: AnimeGANv2 loses a tenth so, at 1.2 GB instead of 1.7 GB.
BEST = (CUDA, OPENVINO, CPU)
SIZES = 4  # of pictures that OpenVINO keeps what it compiled for


class PictureError(UserError, ValueError):
    """The runtime does not draw this picture; it may draw the next."""


class Session(Protocol):
    """A generator that is loaded and ready."""

    @property
    def inputs(self) -> dict[str, Sides]:
        """Names and sides of what the model takes, in its order."""
        ...

    def run(self, feeds: Feeds) -> NDArray[np.float32]:
        """The drawings n x 3 x h x w, -1..1, of photos and what else the model takes; else raises PictureError."""
        ...


class OrtSession:
    """ONNX Runtime with one of its providers."""

    def __init__(self, model: str | bytes, provider: str, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.enable_mem_pattern = False  # it saves no time and doubles the memory of AnimeGANv2 in eight bits
        options.log_severity_level = 3  # its warnings tell of each operator that a provider leaves to the processor
        self._session = onnxruntime.InferenceSession(model, options, providers=[provider])
        if self._session.get_providers()[0] != provider:  # it falls back to the processor without an error
            raise RuntimeError(f"{provider} did not start")

    @property
    def inputs(self) -> dict[str, Sides]:
        """Names and sides, as the file says them."""
        return {entry.name: tuple(entry.shape) for entry in self._session.get_inputs()}

    def run(self, feeds: Feeds) -> NDArray[np.float32]:
        """The drawings; raises PictureError for a size that the model does not take."""
        try:
            return np.asarray(self._session.run(None, dict(feeds))[0], np.float32)
        except Exception as fault:  # its faults share no narrower class
            raise _refused("onnxruntime", _shapes(feeds), fault) from fault


class OpenVinoSession:
    """OpenVINO on the processor in FP32 or what the file says, compiled anew for each size of picture.

    Compiling for a size makes AnimeGANv2 in eight bits twice as fast as for any size, and takes 0.05 to 0.15 s. What
    is kept of it has no feature maps: they are as large as the picture, more than a gigabyte for AnimeGANv2 at 1 MP.
    """

    def __init__(self, model: str | bytes, threads: int) -> None:
        self._core = _openvino_core()
        self._model, self._compiled = arranged(self._core.read_model(model)), lru_cache(SIZES)(self._compile)
        self.inputs = {entry.any_name: _sides(entry.partial_shape) for entry in self._model.inputs}
        # Without the hint it computes FP32 files in BF16 where the processor can.
        self._settings: dict[str, Any] = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
        self._settings |= {"INFERENCE_NUM_THREADS": threads} if threads else {}

    def run(self, feeds: Feeds) -> NDArray[np.float32]:
        """The drawings; raises PictureError for a size that the model does not take."""
        compiled = self._compiled(_shapes(feeds))
        try:  # a request of its own, not the one that calling the model would keep; a new one costs no time
            return np.array(compiled.create_infer_request().infer(dict(feeds))[0], np.float32)
        except RuntimeError as fault:
            raise _refused(OPENVINO, _shapes(feeds), fault) from fault
        finally:
            compiled.release_memory()

    def _compile(self, shapes: Shapes) -> Any:
        try:
            self._model.reshape({name: list(shape) for name, shape in shapes})
            return self._core.compile_model(self._model, "CPU", self._settings)
        except RuntimeError as fault:
            raise _refused(OPENVINO, shapes, fault) from fault


@cache
def _openvino_core() -> Any:
    """OpenVINO with its plugin for the processor, loaded once in a process by a thread that ends at once.

    The plugin gives the thread that loads it a signal stack which does not hold the registers of a processor with
    matrix units (AMX): in a main thread the next signal, a child's end or Ctrl-C, would end the process.
    """
    core = importlib.import_module("openvino").Core()
    loading = threading.Thread(target=core.get_versions, args=["CPU"])
    loading.start()
    loading.join()
    return core


def open_best(model: Path | bytes, threads: int = 0) -> tuple[str, Session]:
    """The first of BEST that is installed and loads the model, by name, and its session.

    Eight bits stay on the processor: they passed their gate there, and other devices gain nothing by them. Raises
    UserError for a model that none loads.
    """
    data = model if isinstance(model, bytes) else model.read_bytes()
    eight_bits = b"QuantizeLinear" in data
    hopeful = [name for name in BEST if name in present() and not (eight_bits and name == CUDA)]
    for runtime in hopeful[:-1]:
        try:
            return runtime, open_session(runtime, model, threads)
        except UserError:
            continue
    return hopeful[-1], open_session(hopeful[-1], model, threads)


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
        raise UserError(f"{runtime} does not load {told}: {_short(fault)}") from fault


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


def _sides(shape: Any) -> Sides:
    return tuple(side.get_length() if side.is_static else None for side in shape)


def _shapes(feeds: Feeds) -> Shapes:
    return tuple((name, array.shape) for name, array in feeds.items())


def _refused(runtime: str, shapes: Shapes, fault: Exception) -> PictureError:
    told = f"{runtime} does not draw {dict(shapes)}: {_short(fault)}"
    return PictureError(f"{told}; try another size" + (f", or runtime {CPU}" if runtime == OPENVINO else ""))


def _short(fault: Exception) -> str:
    return " ".join(str(fault).split())[:300]


def _handing_on() -> bytes:
    from onnx import TensorProto, helper  # for a trial alone: who draws needs no onnx

    ends = [helper.make_tensor_value_info(n, TensorProto.FLOAT, ["n", 3, "h", "w"]) for n in ("photo", "drawing")]
    graph = helper.make_graph([helper.make_node("Relu", ["photo"], ["drawing"])], "relu", ends[:1], ends[1:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    return bytes(model.SerializeToString())
