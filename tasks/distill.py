"""Distil dlib's face descriptor, which has no gradient, into the small identity net that ships: `make identity`.

Usage: python -m tasks.distill recipes/identity.yaml --photos FOLDER... [--people FOLDER] [--pairs CSV]

Photos teach (with morphs among them, and as photos and cel drawings); people (one folder each) and pairs (a CSV of
file_x, file_y, Decision beside its pictures) only judge. Lessons are kept in .work/identity.
"""

import argparse
import hashlib
import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from tasks.core import params
from tasks.core.image import Image
from tasks.core.manifest import whole, write_json
from tasks.core.pool import pool
from tasks.core.stage import log, start
from tasks.deploy.export import save_weights
from tasks.distillation.embedding import Distillation, Embeddings, Lessons, distil
from tasks.distillation.judging import judge
from tasks.distillation.morphs import AlignedFace
from tasks.distillation.pictures import find_faces, morphs_of, photos_in, teacher
from tasks.faces.landmarks import five
from tasks.nets.identity import WEIGHTS, IdentityNet
from tasks.styles.cel import cel

WORK = Path(".work/identity")
LICENCE = "MIT; the photos it was distilled on have unclear rights: research"


def describe(face: AlignedFace) -> tuple[Embeddings, Image]:
    """The teacher's embedding (128) of a face on the canvas, and its cel drawing."""
    return teacher().encoder.embed(face.canvas, five(face.landmarks)), cel(face.canvas)


def lessons(folders: list[Path], recipe: Distillation) -> Lessons:
    """What the net learns from; kept in .work/identity, for the teacher is slow (0.08 s a face)."""
    photos = photos_in(folders)
    key = hashlib.sha256(repr((photos, recipe.morphs, recipe.seed)).encode()).hexdigest()[:16]
    kept = WORK / f"lessons-{key}.npz"
    if not kept.is_file():
        _make_lessons(photos, recipe, kept)
    with np.load(kept) as data:
        return Lessons(list(data["canvases"]), list(data["cels"]), data["embeddings"])


def _make_lessons(photos: list[Path], recipe: Distillation, kept: Path) -> None:
    with pool() as workers:
        faces = [face for found in workers.map(find_faces, photos) for face in found]
        log.info("identity: %d faces in %d photos", len(faces), len(photos))
        faces += morphs_of(faces, recipe.morphs, recipe.seed)
        described = []
        for number, one in enumerate(workers.map(describe, faces), 1):
            described.append(one)
            if number % 500 == 0:
                log.info("identity: %d of %d faces described", number, len(faces))
    embeddings, cels = zip(*described, strict=True)
    with whole(kept) as part, part.open("wb") as file:
        np.savez(file, canvases=[f.canvas for f in faces], cels=cels, embeddings=embeddings)


def main() -> None:
    """Train, judge, and write data/models/identity.safetensors with its card."""
    options = _options()
    recipe = params.load("identity", Distillation, options.recipe)
    torch.set_num_threads(recipe.threads)
    known = lessons(options.photos, recipe)
    torch.manual_seed(recipe.seed)
    net = IdentityNet()
    for step, loss in distil(known, recipe, net):
        if step % 50 == 0 or step == recipe.steps:
            log.info("identity: step %d of %d, loss %.4f", step, recipe.steps, loss)
    net.eval()
    scores = judge(net, known.embeddings.mean(0), find_faces, options.people, options.pairs)
    card = {
        "architecture": "MobileFaceNet class, 112 x 112 RGB in -1..1 to 128, unit length",
        "data": {"faces": len(known.canvases), "morphs": recipe.morphs},
        "licence": LICENCE,
        "recipe": asdict(recipe),
        "scores": scores,
        "teacher": "dlib_face_recognition_resnet_model_v1, less its mean over the training faces",
    }
    save_weights(net.state_dict(), WEIGHTS, torch.float16)
    write_json(WEIGHTS.with_suffix(".json"), card)
    log.info("identity: %s", json.dumps(scores))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tasks.distill")
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--photos", type=Path, nargs="+", required=True)
    parser.add_argument("--people", type=Path)
    parser.add_argument("--pairs", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    start(main)
