"""What a finished training leaves: folder, report and samples, put in place so that a kill loses nothing."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from tasks.core.manifest import write_json
from tasks.core.stage import log
from tasks.deploy import export
from tasks.training import history, samples, shipping
from tasks.training.batch import Batch
from tasks.training.card import Card, card_of
from tasks.training.loop import Training
from tasks.training.stream import Stream


@dataclass(frozen=True)
class Place:
    """Where a training's results go."""

    out: Path  # the finished folder
    report: Path
    samples: Path

    @property
    def part(self) -> Path:
        """The folder of the training that is under way."""
        return self.out.with_name(f"{self.out.name}.part")


def publish(training: Training, stream: Stream, frames: Batch, origin: str, before: float | None, place: Place) -> None:
    """Write the results and put them in place.

    The part goes last: killed before, the next run resumes at the last step and publishes again.
    """
    generator, frames = result(training), frames.to(torch.device("cpu"))
    scores = {"val_ssim_before": _rounded(before), "val_ssim_after": _rounded(samples.fidelity(generator, frames))}
    ready = place.part / "ready"
    shutil.rmtree(ready, ignore_errors=True)
    ready.mkdir(parents=True)
    lessons, encoder = stream.frames("train", shipping.LESSONS), training.recipe.faces.encoder
    files = shipping.ship(generator, training.plan.formats, ready, lessons, frames, encoder)
    if training.critics:
        export.save_weights(nn.ModuleDict(training.critics).state_dict(), ready / "critics.safetensors")
    history.write(training.history, ready / "history.csv")
    write_json(ready / "card.json", card_of(training, stream, origin, scores) | {"files": files})
    shutil.rmtree(place.samples, ignore_errors=True)
    shutil.copytree(place.part / "samples", place.samples)
    write_json(place.report, report(training, stream, scores))
    shutil.rmtree(place.out, ignore_errors=True)
    ready.replace(place.out)
    shutil.rmtree(place.part)
    log.info("%s: SSIM to the paired drawings %s -> %s", place.out.name, *scores.values())


def result(training: Training) -> nn.Module:
    """The trained generator: the running mean of its weights, or the last ones."""
    chosen = training.average if training.plan.average else training.generators["generator"]
    return chosen.cpu().eval()


def report(training: Training, stream: Stream, scores: Card) -> dict[str, Any]:
    """What went in, the last losses, the scores."""
    last = {name: round(value, 5) for name, value in training.history[-1].items() if name not in ("step", "lr")}
    pairs, held_out = stream.count("train"), stream.count("val")
    counts = {"in": pairs + held_out, "kept": pairs, "reasons": {"held_out": held_out}}
    encoder = training.recipe.faces.encoder
    return {**counts, "steps": training.step, "losses": last, "loss_encoder": encoder and encoder.name, **scores}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
