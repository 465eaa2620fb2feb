"""Eight bits, if they pass: the same person, the same picture, and faster here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from tasks.core.errors import require
from tasks.core.image import Image
from tasks.core.manifest import whole
from tasks.deploy.onnx_model import onnx_model
from tasks.deploy.quantization import quantised, variants
from tasks.deploy.runtimes import CPU, Feeds, Session, medians, open_session
from tasks.losses.pixels import ssim
from tasks.nets.condition import Conditioned

SIDE = 512  # px of the picture whose time decides

Matrix = NDArray[np.float64]  # 2 x 3, from the picture's pixels to the encoder's
Embed = Callable[[Image, Matrix], NDArray[np.float32]]  # to a vector of unit length


class Face(NamedTuple):
    """An aligned photo of a face and where the face lies in it."""

    photo: Image
    matrix: Matrix


@dataclass(frozen=True)
class Figures:
    """A model in eight bits against the same model in FP32."""

    identity_drop: float  # of the mean similarity of drawing and photo
    ssim: float  # of the two drawings, mean
    full_seconds: float  # medians for one picture of SIDE x SIDE
    seconds: float

    @property
    def speedup(self) -> float:
        """How many times as fast as FP32."""
        return self.full_seconds / self.seconds


@dataclass(frozen=True)
class Gate:
    """What a model in eight bits must reach."""

    max_identity_drop: float = 0.01
    min_ssim: float = 0.97
    min_speedup: float = 1.05  # times as fast; it must be more, and by enough to be so tomorrow

    def reason(self, got: Figures) -> str:
        """Why a model does not ship; empty where it does."""
        if got.identity_drop > self.max_identity_drop:
            return f"identity falls by {got.identity_drop:.4f}, more than {self.max_identity_drop:g}"
        if got.ssim < self.min_ssim:
            return f"SSIM to FP32 is {got.ssim:.4f}, below {self.min_ssim:g}"
        if got.speedup <= self.min_speedup:
            return f"it is {got.speedup:.2f} times as fast as FP32, and must be more than {self.min_speedup:g}"
        return ""


@dataclass(frozen=True)
class Verdict:
    """What the best variant in eight bits was measured to be, on one runtime."""

    variant: str
    runtime: str
    figures: Figures
    reason: str  # why it does not ship; empty where it does

    @property
    def ships(self) -> bool:
        """Whether it passed its gate."""
        return not self.reason


def save_int8(
    net: nn.Module,
    path: Path,
    lessons: Sequence[Image],
    faces: Sequence[Face],
    embed: Embed,
    gate: Gate | None = None,
    runtime: str = CPU,
    threads: int = 0,
) -> Verdict:
    """Write a generator as ONNX in eight bits where a variant passes the gate on this runtime; else there is no file.

    The lessons, 32 to 64 photos like those to come, give the ranges; the faces, other people, judge. Variants are tried
    from the most to the least in eight bits, and the first that passes is taken: which one that is does not hang on
    which of two is a little faster today. Raises UserError where there are no lessons or faces.
    """
    require(bool(lessons), "there are no photos to calibrate eight bits with; give 32 to 64")
    require(bool(faces), "there are no faces to judge eight bits by; give a few dozen")
    model = onnx_model(net)
    given = [asked(net, photo, number) for number, photo in enumerate(lessons)]
    full = judged(net, open_session(runtime, model.SerializeToString(), threads), faces, embed)
    path.unlink(missing_ok=True)
    tried = []
    for variant, file in zip(variants(model), quantised(model, variants(model), given), strict=True):
        figures = compared(net, full, judged(net, open_session(runtime, file, threads), faces, embed))
        tried.append(Verdict(variant.name, runtime, figures, (gate or Gate()).reason(figures)))
        if tried[-1].ships:
            with whole(path) as part:
                part.write_bytes(file)
            return tried[-1]
    return max(tried, key=lambda verdict: verdict.figures.ssim)


class Judged(NamedTuple):
    """A model's drawings of the judging faces, and how alike they are to the people, mean."""

    session: Session
    drawings: list[Image]
    identity: float


def judged(net: nn.Module, session: Session, faces: Sequence[Face], embed: Embed) -> Judged:
    """What a model draws of the faces."""
    drawings = [picture(session.run(asked(net, face.photo))) for face in faces]
    alike = [
        np.sum(embed(drawing, face.matrix) * embed(face.photo, face.matrix))
        for drawing, face in zip(drawings, faces, strict=True)
    ]
    return Judged(session, drawings, float(np.mean(alike)))


def compared(net: nn.Module, full: Judged, eight: Judged) -> Figures:
    """The figures of a model in eight bits against the one in FP32, timed in turns."""
    large = asked(net, np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3), np.uint8))
    seconds = medians({name: partial(m.session.run, large) for name, m in (("full", full), ("eight", eight))})
    drop, alike = full.identity - eight.identity, resemblance(eight.drawings, full.drawings)
    return Figures(drop, alike, seconds["full"], seconds["eight"])


def asked(net: nn.Module, photo: Image, seed: int | None = None) -> Feeds:
    """A photo as the model's inputs, drawn with full strength; a conditioned one is asked for nothing, or at random."""
    tensor = np.ascontiguousarray(photo.transpose(2, 0, 1)[None].astype(np.float32) / 127.5 - 1)
    if not isinstance(net, Conditioned):
        return {"photo": tensor}
    rng, words = np.random.default_rng(seed), net.vocabulary.words
    wishes = {} if seed is None else {name: str(rng.choice(known)) for name, known in words}
    vector = {"wishes": net.vocabulary.vector(wishes)[None]} if words else {}
    return {"photo": tensor, **vector, "strength": np.ones(1, np.float32)}


def picture(drawing: NDArray[np.float32]) -> Image:
    """A drawing of 1 x 3 x h x w, -1..1, as h x w x 3, 0..255."""
    return np.asarray(np.clip(np.rint((drawing[0].transpose(1, 2, 0) + 1) * 127.5), 0, 255), np.uint8)


def resemblance(drawings: Sequence[Image], expected: Sequence[Image]) -> float:
    """The mean SSIM of pictures, two by two."""
    return float(np.mean([float(ssim(_tensor(a), _tensor(b))) for a, b in zip(drawings, expected, strict=True)]))


def _tensor(image: Image) -> torch.Tensor:
    return torch.from_numpy(image).permute(2, 0, 1)[None].float() / 127.5 - 1
