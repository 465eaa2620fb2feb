"""What the generator draws of the same few faces as it learns: one sheet per quarter of the training."""

from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from tasks.core.image import Image, encode_png
from tasks.core.manifest import whole
from tasks.losses.pixels import ssim
from tasks.nets.condition import Conditioned
from tasks.training.batch import Batch

FACES = 6  # of a sheet
SHEETS = 4  # of a training, beside the first one


def due(step: int, total: int) -> bool:
    """Whether a sheet belongs to this number of finished steps."""
    return step in {round(total * i / SHEETS) for i in range(SHEETS + 1)}


def drawn(generator: nn.Module, frames: Batch) -> Tensor:
    """Drawings of whole frames, one after the other, n x 3 x h x w; the generator is left as it was."""
    training = generator.training
    generator.eval()
    with torch.no_grad():
        pictures = [_one(generator, frames.part(i, i + 1)) for i in range(len(frames))]
    generator.train(training)
    return torch.cat(pictures)


def fidelity(generator: nn.Module, frames: Batch) -> float | None:
    """Mean SSIM of drawings and targets over the pairs that align; None where there is none."""
    aligned = frames.aligned > 0
    if not aligned.any():
        return None
    return float(ssim(drawn(generator, frames), frames.drawings)[aligned].mean())


def sheet(generator: nn.Module, frames: Batch) -> Image:
    """A row per face: the photo, the drawing it is paired with, and what the generator draws."""
    columns = (frames.plain[:FACES], frames.drawings[:FACES], drawn(generator, frames.part(0, FACES)))
    return np.ascontiguousarray(np.hstack([np.vstack(list(pixels(column))) for column in columns]))


def save(generator: nn.Module, frames: Batch, folder: Path, step: int) -> None:
    """Write the sheet of a step; nothing without a face to show."""
    if len(frames):
        with whole(folder / f"step-{step:06d}.png") as part:
            part.write_bytes(encode_png(sheet(generator, frames)))


def pixels(pictures: Tensor) -> Image:
    """Bring n x 3 x h x w in -1..1 to n x h x w x 3 in 0..255."""
    grey = (pictures.detach().cpu().clamp(-1, 1) + 1) * 127.5
    return np.asarray(grey.round().to(torch.uint8).permute(0, 2, 3, 1).numpy(), np.uint8)


def _one(generator: nn.Module, frame: Batch) -> Tensor:
    """The drawing of a batch of one; a controlled generator is told what belongs to the face."""
    told = (frame.wishes, frame.strength) if isinstance(generator, Conditioned) else ()
    return cast(Tensor, generator(frame.photos, *told))
