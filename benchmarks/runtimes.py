"""How long a picture of 512 x 512 takes: `python -m benchmarks.runtimes`.

Both generators, in torch and in every runtime that starts here, in FP32, FP16 and INT8, one picture at a time. All
combinations take turns, so that a busy moment meets all of them. Speed does not ask what was learned: a generator
whose weights are not at hand is timed untrained. The lessons for INT8 are random pictures for the same reason.
"""

from collections.abc import Callable
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import torch
from torch import nn

from tasks.bench import machine
from tasks.core import manifest
from tasks.core.image import Image
from tasks.deploy.int8 import asked
from tasks.deploy.onnx_model import onnx_model
from tasks.deploy.quantization import quantised, variants
from tasks.deploy.runtimes import OPENVINO, Feeds, medians, open_session, usable
from tasks.nets import architectures
from tasks.nets.student import Student, folded

OUT = Path("reports/benchmarks/runtimes.md")
WEIGHTS = {"animeganv2": Path("data/models/base.safetensors"), "student": Path("data/models/student.safetensors")}
Work = tuple[str, str, str]  # generator, runtime, width
SIDE, THREADS, ROUNDS, LESSONS = 512, 2, 9, 4


def main() -> None:
    """Write the table of the medians of ROUNDS rounds."""
    torch.set_num_threads(THREADS)
    works: dict[Work, Callable[[], object]] = {}
    sizes = []
    for name in architectures.ARCHITECTURES:
        net, origin = generator(name)
        sizes.append(f"{name}: {origin}, {sum(p.numel() for p in net.parameters()):,} parameters")
        works |= {(name, *kind): work for kind, work in drawing(net).items()}
    seconds = medians(works, ROUNDS)
    lines = [f"# One picture of {SIDE} x {SIDE}, {THREADS} threads", f"{machine()} {peer()}", "; ".join(sizes) + "."]
    with manifest.whole(OUT) as part:
        part.write_text("\n\n".join([*lines, table(seconds), notes()]) + "\n")
    print(OUT.read_text())


def generator(name: str) -> tuple[nn.Module, str]:
    """The generator, and whether it is trained."""
    if WEIGHTS[name].is_file():
        return architectures.load(name, WEIGHTS[name]), "trained"
    return architectures.new(name, 1).eval(), "untrained"


def drawing(net: nn.Module) -> dict[tuple[str, str], Callable[[], object]]:
    """What draws one picture, by runtime and width: torch, and each runtime with each file."""
    photo = asked(net, random_picture(0, SIDE))
    works: dict[tuple[str, str], Callable[[], object]] = {("torch eager", "FP32"): partial(eager, lean(net), photo)}
    for width, file in files(net).items():
        for runtime in usable():
            works[runtime, width] = partial(open_session(runtime, file, THREADS).run, photo)
    return works


def lean(net: nn.Module) -> nn.Module:
    """The generator as it is deployed: a student's norms folded, as they are in its files."""
    found: nn.Module = folded(net) if isinstance(net, Student) else net
    return found.to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]


def eager(net: nn.Module, photo: Feeds) -> object:
    """A drawing in torch."""
    with torch.inference_mode():
        return net(torch.from_numpy(photo["photo"]).to(memory_format=torch.channels_last))


def files(net: nn.Module) -> dict[str, bytes]:
    """The generator as ONNX in every width; of INT8 each variant."""
    full = onnx_model(net)
    lessons = [asked(net, random_picture(seed, 128)) for seed in range(LESSONS)]
    eight = zip(variants(full), quantised(full, variants(full), lessons), strict=True)
    known = {"FP32": full, "FP16": onnx_model(net, half=True)}
    return {name: model.SerializeToString() for name, model in known.items()} | {
        f"INT8, {variant.name}": file for variant, file in eight
    }


def random_picture(seed: int, side: int) -> Image:
    """Noise, of which every part of a network has something to do."""
    return np.random.default_rng(seed).integers(0, 256, (side, side, 3), np.uint8)


def table(seconds: dict[Work, float]) -> str:
    """Markdown: milliseconds, and times as fast as the same generator in FP32 on the same runtime."""
    lines = ["| generator | runtime | width | ms | to FP32 |", "|---|---|---|---|---|"]
    for (name, runtime, width), took in seconds.items():
        times = seconds[name, runtime, "FP32"] / took
        lines.append(f"| {name} | {runtime} | {width} | {took * 1000:.0f} | {times:.2f} |")
    return "\n".join(lines)


def notes() -> str:
    """What the table cannot say."""
    return (
        f"Medians of {ROUNDS} rounds in turns, after one to warm up. FP16 files are for hardware that computes so: a "
        "processor widens them. Which INT8 file ships is decided by its gate on real faces (tasks/deploy/int8.py)."
    )


def peer() -> str:
    """OpenVINO's version, or that it was not there."""
    try:
        return f"OpenVINO {version(OPENVINO)}."
    except PackageNotFoundError:
        return "OpenVINO is not installed."


if __name__ == "__main__":
    main()
