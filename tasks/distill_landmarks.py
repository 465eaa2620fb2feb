"""Distil dlib's 68-point predictor, which has no gradient, into the small net that ships: `make landmarks`.

Usage: python -m tasks.distill_landmarks recipes/landmarks.yaml --photos FOLDER... [--people FOLDER]

Photos teach, as they are, as morphs, with moved features and as cel drawings; people only judge. Lessons are kept in
.work/landmarks.
"""

import argparse
import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch

from tasks.core import params
from tasks.core.manifest import whole, write_json
from tasks.core.pool import pool
from tasks.core.stage import log, start
from tasks.deploy.export import save_weights
from tasks.distillation.landmark_judging import Scores, judge
from tasks.distillation.landmarks import LandmarkDistillation, LandmarkLessons, distil, moved
from tasks.distillation.morphs import AlignedFace
from tasks.distillation.pictures import find_faces, morphs_of, photos_in
from tasks.nets.hourglass import WEIGHTS, Hourglass
from tasks.styles.cel import cel

WORK = Path(".work/landmarks")
LICENCE = "CC0-1.0 teacher, trained on iBUG 300-W (research data); distilled on photos of unclear rights: research"


def lessons(folders: list[Path], recipe: LandmarkDistillation) -> LandmarkLessons:
    """What the net learns from; kept in .work/landmarks, for detector and predictor are slow."""
    photos = photos_in(folders)
    key = hashlib.sha256(repr((photos, recipe.morphs, recipe.moved, recipe.cels, recipe.seed)).encode()).hexdigest()
    kept = WORK / f"lessons-{key[:16]}.npz"
    if not kept.is_file():
        made = lessons_of(_faces(photos), recipe)
        with whole(kept) as part, part.open("wb") as file:
            np.savez(file, canvases=made.canvases, points=made.points)
    with np.load(kept) as data:
        return LandmarkLessons(list(data["canvases"]), data["points"])


def _faces(photos: list[Path]) -> list[AlignedFace]:
    with pool() as workers:
        faces = [face for found in workers.map(find_faces, photos) for face in found]
    log.info("landmarks: %d faces in %d photos", len(faces), len(photos))
    return faces


def lessons_of(faces: list[AlignedFace], recipe: LandmarkDistillation) -> LandmarkLessons:
    """The faces, morphs of them and faces with moved features, a share of them as cel drawings."""
    rng = np.random.default_rng([recipe.seed, 2])
    shifted = [moved(faces[i], rng) for i in rng.integers(len(faces), size=recipe.moved)]
    every = [*faces, *morphs_of(faces, recipe.morphs, recipe.seed), *shifted]
    drawn = rng.random(len(every)) < recipe.cels
    canvases = [cel(face.canvas) if flag else face.canvas for face, flag in zip(every, drawn, strict=True)]
    return LandmarkLessons(canvases, np.stack([face.landmarks for face in every]))


def main() -> None:
    """Train, judge, and write data/models/landmarks.safetensors with its card."""
    options = _options()
    recipe = params.load("landmarks", LandmarkDistillation, options.recipe)
    torch.set_num_threads(recipe.threads)
    known = lessons(options.photos, recipe)
    torch.manual_seed(recipe.seed)
    net = Hourglass()
    for step, loss in distil(known, recipe, net):
        if step % 50 == 0 or step == recipe.steps:
            log.info("landmarks: step %d of %d, loss %.4f", step, recipe.steps, loss)
    save_weights(net.state_dict(), WEIGHTS, torch.float16)
    card = card_of(recipe, len(known.canvases), judge(net.eval(), options.people) if options.people else {})
    write_json(WEIGHTS.with_suffix(".json"), card)
    log.info("landmarks: %s", json.dumps(card["scores"]))


def card_of(recipe: LandmarkDistillation, lessons: int, scores: dict[str, Scores]) -> dict[str, Any]:
    """What data/models/landmarks.json says of the weights beside it."""
    return {
        "architecture": "hourglass of residuals, 112 x 112 RGB in -1..1 to 51 x 2 pixels, by expected place",
        "data": {"lessons": lessons, "morphs": recipe.morphs, "moved": recipe.moved},
        "licence": LICENCE,
        "recipe": asdict(recipe),
        "scores": scores,
        "teacher": "shape_predictor_68_face_landmarks, its points 17 to 67",
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tasks.distill_landmarks")
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--photos", type=Path, nargs="+", required=True)
    parser.add_argument("--people", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    start(main)
