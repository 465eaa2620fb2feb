import cv2
import numpy as np
import pytest
import torch

from tasks.core.errors import UserError
from tasks.distillation.landmarks import LandmarkDistillation, LandmarkLessons, crop_of, distil, moved, to_canvas_points
from tasks.distillation.morphs import CANVAS, AlignedFace
from tasks.faces.geometry import Points
from tasks.nets.hourglass import Hourglass
from tests.scores.faces68 import plain_face
from tests.training.collection import picture


def on_canvas() -> Points:
    return plain_face() * 0.7 + 20


def dotted(points: Points) -> AlignedFace:
    """A canvas with a white spot on each point."""
    canvas = np.zeros((CANVAS, CANVAS, 3), np.uint8)
    for x, y in points:
        cv2.circle(canvas, (round(x), round(y)), 2, (255, 255, 255), -1)
    return AlignedFace(canvas, points)


def test_points_of_the_crop_come_back_to_the_canvas() -> None:
    canvas = np.zeros((CANVAS, CANVAS, 3), np.uint8)
    canvas[100:102, 60:62] = 255
    crop = crop_of(canvas)[..., 0].astype(float)
    y, x = np.argwhere(crop > 0).T
    seen = np.array([np.average(x, weights=crop[y, x]), np.average(y, weights=crop[y, x])])
    np.testing.assert_allclose(to_canvas_points(seen), [60.5, 100.5], atol=0.2)


def test_moved_features_lie_where_their_landmarks_say() -> None:
    face = moved(dotted(on_canvas()), np.random.default_rng(0))
    shifts = np.linalg.norm(face.landmarks - on_canvas(), axis=1)
    assert shifts[:17].max() == 0 and shifts[17:].mean() > 1.5
    columns, rows = np.rint(face.landmarks[17:]).astype(int).T
    assert np.mean(face.canvas[rows, columns, 0] > 100) > 0.9


def test_distillation_learns_and_repeats_itself() -> None:
    points = np.stack([on_canvas() + shift for shift in (-6.0, 0.0, 6.0)])
    lessons = LandmarkLessons([picture(seed, CANVAS) for seed in range(3)], points)
    losses = []
    for _ in range(2):
        torch.manual_seed(0)
        losses.append([loss for _, loss in distil(lessons, LandmarkDistillation(steps=8, batch=4), Hourglass())])
    assert losses[0] == losses[1]
    assert np.mean(losses[0][-2:]) < 0.9 * np.mean(losses[0][:2])


@pytest.mark.parametrize(("field", "value"), [("steps", 0), ("cels", 1.5)])
def test_a_recipe_out_of_range_is_refused(field: str, value: float) -> None:
    with pytest.raises(UserError, match=f"landmarks.{field} is {value}"):
        LandmarkDistillation(**{field: value})  # type: ignore[arg-type]
