"""What a finished training leaves for those who run it: weights, ONNX, and the lighter forms that were asked for."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from tasks.core.image import Image
from tasks.core.stage import log
from tasks.deploy import export
from tasks.deploy.int8 import Face, Matrix, Verdict, save_int8
from tasks.losses.crops import arc_crop
from tasks.nets.encoders import EMBEDDED, LossEncoder, open_loss_encoder
from tasks.training.batch import Batch
from tasks.training.samples import pixels

LESSONS = 32  # photos that tell an eight-bit generator its ranges
FACES = 24  # others that judge it

Card = dict[str, Any]


def ship(
    generator: nn.Module,
    formats: Sequence[str],
    folder: Path,
    lessons: Batch,
    faces: Batch,
    encoder: LossEncoder | None,
) -> Card:
    """Write the generator into the folder in every format; gives what is to be said of each.

    `encoder` judges identity; without one the embedded network does.
    Eight bits ship only where they pass their gate (deploy/int8.py). The card says what it measured but for the
    seconds, which differ from run to run, and are told in the log.
    """
    export.save_generator(generator, folder / "generator.safetensors")
    card: Card = {"onnx": {"grey_levels_off": _digits(export.save_onnx(generator, folder / "generator.onnx"))}}
    if "fp16" in formats:
        card["fp16"] = {"grey_levels_off": _digits(export.save_half(generator, folder / "generator.fp16.onnx"))}
    if "int8" in formats and not len(faces):
        card["int8"] = {"ships": False, "reason": "no face of the split val to judge it by"}
    elif "int8" in formats:
        photos, known = pixels(lessons.plain[:LESSONS]), judged(faces.part(0, FACES))
        embed = partial(embedded, encoder or open_loss_encoder(EMBEDDED))
        verdict = save_int8(generator, folder / "generator.int8.onnx", list(photos), known, embed)
        tell(verdict)
        card["int8"] = said(verdict)
    return card


def judged(frames: Batch) -> list[Face]:
    """The photos of a batch with the place of the face in each."""
    matrices = frames.arc.cpu().double().numpy()
    return [Face(photo, matrix) for photo, matrix in zip(pixels(frames.plain), matrices, strict=True)]


def embedded(encoder: LossEncoder, image: Image, matrix: Matrix) -> NDArray[np.float32]:
    """A picture and the place of its face as a vector of unit length."""
    picture = torch.from_numpy(image).permute(2, 0, 1)[None].float() / 127.5 - 1
    with torch.no_grad():
        crop = arc_crop(picture, torch.from_numpy(matrix)[None].float())
        return np.asarray(encoder.cpu().embed(crop)[0].numpy(), np.float32)


def said(verdict: Verdict) -> Card:
    """The verdict as plain values, the same whenever the same generator is judged."""
    figures = verdict.figures
    return {
        "ships": verdict.ships,
        "variant": verdict.variant,
        "runtime": verdict.runtime,
        "identity_drop": round(figures.identity_drop, 4),
        "ssim": round(figures.ssim, 4),
        "faster": figures.speedup > 1,
    }


def tell(verdict: Verdict) -> None:
    """The verdict in words, with its speed."""
    speed, outcome = verdict.figures.speedup, f"does not ship: {verdict.reason}" if verdict.reason else "ships"
    line = "eight bits (%s, %s): identity falls by %.4f, SSIM %.4f, %.2f times as fast as FP32; %s"
    figures = verdict.figures
    log.info(line, verdict.variant, verdict.runtime, figures.identity_drop, figures.ssim, speed, outcome)


def _digits(value: float) -> float:
    return round(value, 2)
