"""How long a picture takes to score: `python -m benchmarks.scores`.

Processor time of one thread for a picture of 256 x 256 beside its target, and of scikit-image where it has the score.
The scores take turns, so that a busy moment meets all of them. Networks whose files are not at hand are left out and
named; LPIPS is then timed untrained, since speed does not ask what was learned.
"""

import time
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path

import cv2
import numpy as np
import torch
from skimage.color import deltaE_ciede2000, rgb2lab
from skimage.data import astronaut
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from tasks.bench import machine
from tasks.core import manifest
from tasks.core.image import Image
from tasks.core.style import descriptor
from tasks.faces import registry
from tasks.faces.geometry import ARC_SIZE
from tasks.faces.onnx_encoder import open_onnx_encoder
from tasks.scores import ciede2000, gmsd, lpips, ms_ssim, niqe, psnr, reference, ssim

OUT = Path("reports/benchmarks/scores.md")
ROUNDS, REPEATS = 20, 5
ENCODERS = ("sface", "mobilefacenet_112", "mobilefacenet_insightface_112", "w600k_mbf", "w600k_r50")
Work = Callable[[], object]


def main() -> None:
    """Write the table of the medians of ROUNDS."""
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    target = np.ascontiguousarray(astronaut()[:256, 96:352])  # type: ignore[no-untyped-call]
    output = drawn(target)
    works = ours(target, output) | encoders(target)
    peers = theirs(target, output)
    took = milliseconds(works | {f"{name}, scikit-image": work for name, work in peers.items()})
    absent = [name for name in (*ENCODERS, niqe.NAME, *lpips.missing()) if not registry.find(name)]
    with manifest.whole(OUT) as part:
        part.write_text("\n\n".join([*head(), table(list(works), took), notes(took, absent)]) + "\n")
    print(OUT.read_text())


def drawn(picture: Image) -> Image:
    """The picture as a generator might change it: smoothed, its colours pushed."""
    smooth = cv2.bilateralFilter(picture, 9, 60, 5)
    return np.asarray(np.clip(smooth * 1.1 - 6, 0, 255), np.uint8)


def ours(target: Image, output: Image) -> dict[str, Work]:
    """Score -> what works it out once."""
    pairs: dict[str, Callable[[Image, Image], object]] = {
        "ssim": ssim.ssim,
        "ms_ssim": ms_ssim.ms_ssim,
        "psnr": psnr.psnr,
        "gmsd": gmsd.gmsd,
        "ciede2000": ciede2000.ciede2000,
        "all five (reference.against)": reference.against,
        "lpips": partial(lpips.lpips, lpips.find_lpips() or lpips.Lpips()),
    }
    works: dict[str, Work] = {name: partial(score, target, output) for name, score in pairs.items()}
    pristine = niqe.find_pristine() or niqe.Pristine(np.zeros(niqe.SIZE), np.eye(niqe.SIZE))
    return works | {"niqe": partial(niqe.niqe, output, pristine), "style descriptor": partial(descriptor, output)}


def encoders(picture: Image) -> dict[str, Work]:
    """Encoder -> one embedding of an aligned crop, of those at hand."""
    crop = np.ascontiguousarray(picture[:ARC_SIZE, :ARC_SIZE])
    names = [name for name in ENCODERS if registry.find(name)]
    return {f"embedding, {name}": partial(open_onnx_encoder(name, "any").embed_crop, crop) for name in names}


def theirs(target: Image, output: Image) -> dict[str, Work]:
    """The same scores by scikit-image, its window set to the published one."""
    window = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    return {
        "ssim": partial(structural_similarity, target, output, data_range=255, channel_axis=2, **window),
        "psnr": partial(peak_signal_noise_ratio, target, output, data_range=255),
        "ciede2000": lambda: deltaE_ciede2000(rgb2lab(target), rgb2lab(output)).mean(),  # type: ignore[no-untyped-call]
    }


def milliseconds(works: dict[str, Work]) -> dict[str, float]:
    """The median over ROUNDS of the processor time of one call, the mean of REPEATS, after one to warm up."""
    for work in works.values():
        work()
    took: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(ROUNDS):
        for name, work in works.items():
            began = time.process_time()
            for _ in range(REPEATS):
                work()
            took[name].append((time.process_time() - began) / REPEATS * 1000)
    return {name: float(np.median(times)) for name, times in took.items()}


def head() -> list[str]:
    """Title, machine and versions."""
    return ["# Scores of one picture of 256 x 256, one thread", f"{machine()} scikit-image {version('scikit-image')}."]


def table(names: list[str], took: dict[str, float]) -> str:
    """Markdown: ours, and scikit-image's where it has the score."""
    lines = ["| score | ms | scikit-image, ms |", "|---|---|---|"]
    for name in names:
        peer = took.get(f"{name}, scikit-image")
        lines.append(f"| {name} | {took[name]:.2f} | {'' if peer is None else f'{peer:.2f}'} |")
    return "\n".join(lines)


def notes(took: dict[str, float], absent: list[str]) -> str:
    """What the table cannot say."""
    bill = took["all five (reference.against)"] + took["niqe"]
    lines = [
        f"Processor time, medians of {ROUNDS} rounds in turns. All with a reference and NIQE together: {bill:.1f} ms.",
        "SSIM and MS-SSIM share the first scale, so all five cost less than one after another.",
    ]
    if lpips.missing():
        lines.append("LPIPS is timed untrained.")
    return " ".join([*lines, f"Not at hand: {', '.join(absent)}."] if absent else lines)


if __name__ == "__main__":
    main()
