from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from tasks.core.errors import UserError
from tasks.distillation.embedding import Distillation, Lessons, arc_of, distil, targets
from tasks.distillation.judging import best_accuracy, compare
from tasks.distillation.morphs import CANVAS, CANVAS_FROM_ARC, AlignedFace, morph
from tasks.faces.geometry import ARC_TEMPLATE, transform
from tasks.nets.identity import IdentityNet
from tests.training.collection import picture


def face(seed: int) -> AlignedFace:
    rng = np.random.default_rng(seed)
    landmarks = np.stack([rng.uniform(60, 160, 68), rng.uniform(60, 160, 68)], 1)
    return AlignedFace(picture(seed, CANVAS), landmarks)


def test_a_morph_at_its_ends_is_the_face_itself() -> None:
    a, b = face(0), face(1)
    b = AlignedFace(b.canvas, a.landmarks + np.random.default_rng(2).normal(0, 2, (68, 2)))
    for one, at in ((a, 0.0), (b, 1.0)):
        made = morph(a, b, at, at)
        np.testing.assert_allclose(made.landmarks, one.landmarks, atol=1e-6)
        assert np.abs(made.canvas.astype(int) - one.canvas).mean() < 1.5


def test_a_morph_moves_the_landmarks_pixels_with_them() -> None:
    canvas = np.zeros((CANVAS, CANVAS, 3), np.uint8)
    cv2.circle(canvas, (100, 100), 3, (255, 255, 255), -1)
    rng = np.random.default_rng(0)
    a = AlignedFace(canvas, np.vstack([[100.0, 100.0], rng.uniform(60, 150, (67, 2))]))
    b = AlignedFace(canvas, a.landmarks + np.array([8.0, 4.0]))
    moved = morph(a, b, 1.0, 0.0).canvas[..., 0]
    y, x = np.argwhere(moved > 128).mean(0)
    assert abs(x - 108) < 1.5 and abs(y - 104) < 1.5


def test_the_template_lies_where_the_encoder_expects_it() -> None:
    canvas = np.zeros((CANVAS, CANVAS, 3), np.uint8)
    for x, y in transform(CANVAS_FROM_ARC, ARC_TEMPLATE):
        cv2.circle(canvas, (round(x), round(y)), 2, (255, 255, 255), -1)
    crop = arc_of(canvas)[..., 0].astype(float)
    for x, y in ARC_TEMPLATE:
        near = crop[round(y) - 4 : round(y) + 5, round(x) - 4 : round(x) + 5]
        rows, columns = np.mgrid[-4:5, -4:5]
        assert abs((near * columns).sum() / near.sum() + round(x) - x) < 1
        assert abs((near * rows).sum() / near.sum() + round(y) - y) < 1


def test_targets_lose_the_common_mean() -> None:
    raw = np.random.default_rng(0).normal(3, 0.1, (50, 128)).astype(np.float32)
    assert ((raw / np.linalg.norm(raw, axis=1, keepdims=True))[0] @ raw[1]) / np.linalg.norm(raw[1]) > 0.99
    cosines = targets(raw, raw.mean(0)) @ targets(raw, raw.mean(0)).T
    assert abs(cosines[np.triu_indices(50, 1)].mean()) < 0.05


def test_distillation_learns_and_repeats_itself() -> None:
    canvases = [picture(seed, CANVAS) for seed in range(4)]
    embeddings = np.random.default_rng(0).normal(size=(4, 128)).astype(np.float32)
    lessons = Lessons(canvases, [255 - c for c in canvases], embeddings)
    recipe = Distillation(steps=12, batch=8, lr=0.003, relations=0, cels=0)
    losses = []
    for _ in range(2):
        torch.manual_seed(0)
        losses.append([loss for _, loss in distil(lessons, recipe, IdentityNet())])
    assert losses[0] == losses[1]
    assert np.mean(losses[0][-3:]) < 0.8 * np.mean(losses[0][:3])


def test_accuracy_and_area_are_those_of_the_best_threshold() -> None:
    same = np.array([True, True, False, False])
    assert best_accuracy(np.array([0.9, 0.8, 0.1, 0.2], np.float32), same) == 1.0
    assert best_accuracy(np.array([0.1, 0.2, 0.8, 0.9], np.float32), same) == 0.5
    scores = compare(np.array([0.9, 0.3, 0.5, 0.1], np.float32), np.array([0.8, 0.6, 0.2, 0.1], np.float32), same)
    assert scores["auc"] == 0.75 and scores["teacher_auc"] == 1.0 and scores["accuracy"] == 0.75


def test_no_photos_is_an_error_that_names_the_option(tmp_path: Path) -> None:
    from tasks.distillation.pictures import photos_in

    with pytest.raises(UserError, match="--photos"):
        photos_in([tmp_path])
