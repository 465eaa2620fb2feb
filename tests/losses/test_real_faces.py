"""On real faces each loss orders pictures as the score that judges it does."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from tasks.core.image import Image
from tasks.distillation.landmarks import moved
from tasks.distillation.learning import to_faces
from tasks.distillation.morphs import CANVAS_FROM_ARC, AlignedFace, reshape
from tasks.distillation.pictures import find_faces
from tasks.faces import registry
from tasks.faces.geometry import invert
from tasks.faces.skin import skin_mask
from tasks.losses.identity import identity_loss
from tasks.losses.landmarks import landmark_shift
from tasks.losses.skin import skin_shift
from tasks.nets.encoders import open_loss_encoder
from tasks.nets.landmark_net import open_landmark_net
from tasks.scores.chroma import chroma_shift
from tasks.styles.cel import cel
from tasks.styles.stylizer import opened


@cache
def faces(data: Path) -> list[AlignedFace]:
    """Three people that no shipped network was trained on."""
    names = ("Ariel_Sharon", "Arnold_Schwarzenegger", "Colin_Powell")
    return [find_faces(data / "identities" / name / f"{name}_0001.jpg")[0] for name in names]


@cache
def drawings(data: Path) -> list[Image]:
    """The faces as a generator draws them that is known to lose the person and the complexion."""
    draw = opened(registry.fetch("cartoongan_hosoda"), "bgr").run
    return [draw(face.canvas) for face in faces(data)]


def arcs(count: int) -> Tensor:
    return torch.from_numpy(invert(CANVAS_FROM_ARC)).float()[None].repeat(count, 1, 1)


@pytest.mark.parametrize("name", ["embedded", "mobilefacenet_insightface_112"])
def test_a_drawing_that_loses_the_person_costs_more_than_a_cel(models_dir: Path, shared_data: Path, name: str) -> None:
    assert models_dir.is_dir()
    photos = [face.canvas for face in faces(shared_data)]
    encoder, arc = open_loss_encoder(name), arcs(len(photos))
    sets = [photos, [cel(photo) for photo in photos], drawings(shared_data)]
    with torch.no_grad():
        same, drawn, lost = (identity_loss(encoder, to_faces(one), to_faces(photos), arc).numpy() for one in sets)
    assert np.abs(same).max() < 1e-4
    assert (drawn < lost).all() and drawn.min() > 0.005


def test_the_skin_loss_is_the_score_beyond_the_margin(models_dir: Path, shared_data: Path) -> None:
    assert models_dir.is_dir()
    for face, drawing in zip(faces(shared_data), drawings(shared_data), strict=True):
        mask = torch.from_numpy(skin_mask(face.landmarks, *face.canvas.shape[:2]))[None, None].float()
        for picture in (drawing, cel(face.canvas)):
            loss = skin_shift(to_faces([picture]), to_faces([face.canvas]), mask, 2.0).item()
            score = chroma_shift(face.canvas, picture, face.landmarks)
            assert loss == pytest.approx(max(0.0, score - 2) / 10, abs=0.03)


@pytest.mark.parametrize("name", ["embedded", "pfld-106-lite"])
def test_the_further_features_move_the_more_it_costs(models_dir: Path, shared_data: Path, name: str) -> None:
    assert models_dir.is_dir()
    rng, net, known = np.random.default_rng(0), open_landmark_net(name), faces(shared_data)
    goals = [moved(face, rng).landmarks - face.landmarks for face in known]
    steps = [[reshape(f, f.landmarks + t * g) for f, g in zip(known, goals, strict=True)] for t in (0.0, 1.0, 2.0)]
    points = torch.from_numpy(np.stack([face.landmarks for face in known])).float()
    photos = to_faces([face.canvas for face in known])
    with torch.no_grad():
        losses = [
            landmark_shift(net, to_faces([f.canvas for f in step]), photos, points, arcs(len(known))) for step in steps
        ]
    still, near, far = (loss.numpy() for loss in losses)
    assert still.max() < 0.3 and (still < near).all() and near.mean() < far.mean()
