"""What trained weights are: where they come from, what they learned from, how, and how well."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from tasks.core import params
from tasks.core.shards import file_digest
from tasks.faces import registry
from tasks.nets import architectures, vgg
from tasks.training.face_terms import FaceTerms
from tasks.training.loop import Training
from tasks.training.stream import Stream

Card = dict[str, Any]


def card_of(training: Training, stream: Stream, origin: str, scores: Card) -> Card:
    """The card as plain values; the same training gives the same card, which leaves with the model.

    So it names no time, no machine and no folder of one: files go by name and digest.
    """
    plan, faces = training.plan, training.recipe.faces
    return {
        "architecture": architectures.TOLD[plan.architecture],
        "precision": training.precision,
        "init": {"name": params.unplaced(plan.init), "digest": origin, "licence": licence(plan.init, origin)},
        "loss_encoder": _encoder(faces),
        "features": vgg.origin(),
        "landmark_net": {"name": faces.landmark_net.name, "digest": faces.landmark_net.digest}
        if faces.landmark_net
        else None,
        "critics": _critics(plan.critic_init),
        "pairs": {"train": stream.count("train"), "val": stream.count("val"), "digest": stream.digest},
        "inputs": stream.digests,
        "params": params.unplaced(asdict(plan)),
        "steps": training.step,
        "scores": scores,
        "torch": torch.__version__,
        "vocabulary": stream.vocabulary.words if plan.control else None,
    }


def licence(init: str, origin: str) -> str:
    """Under which terms the weights are that training started from; `origin` is the digest of their file."""
    if init == "scratch":
        return "none: trained from random weights"
    known = (entry.licence for entry in registry.models().values() if entry.sha256 == origin)
    return next(known, "the file's own: ask where it came from")


def _encoder(faces: FaceTerms) -> dict[str, str] | None:
    return {"name": faces.encoder.name, "digest": faces.encoder.digest} if faces.encoder else None


def _critics(path: str) -> dict[str, str] | None:
    return {"name": params.unplaced(path), "digest": file_digest(Path(path))} if path else None
