"""How well a distilled landmark net stands in for its teacher, on people that neither of them was trained on here."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from tasks.core.image import Image
from tasks.distillation.landmarks import crop_of, moved, to_canvas_points
from tasks.distillation.learning import to_faces
from tasks.distillation.morphs import AlignedFace
from tasks.distillation.pictures import find_faces
from tasks.faces.geometry import Points
from tasks.faces.landmarks import box_of, landmarks68
from tasks.nets.hourglass import INNER, Hourglass
from tasks.scores.nme import inter_ocular, nme
from tasks.styles.cel import cel

Scores = dict[str, float]


def judge(net: Hourglass, people: Path) -> dict[str, Scores]:
    """Normalised mean errors on the largest face of each picture below a folder, and how moved features are followed.

    photos: the net beside the teacher; cels: the net on the drawing beside the teacher on the photo, and the teacher
    itself on the drawing; moved: the net's shift of the inner points beside the shift that was made.
    """
    found = [find_faces(path) for path in sorted(people.rglob("*.jpg"))]
    faces = [one[0] for one in found if one]
    rng = np.random.default_rng(0)
    return {
        "photos": {"faces": float(len(faces)), **_errors(net, faces, [face.canvas for face in faces])},
        "cels": _drawn(net, faces),
        "moved": _followed(net, faces, [moved(face, rng) for face in faces]),
    }


def _drawn(net: Hourglass, faces: list[AlignedFace]) -> Scores:
    cels = [cel(face.canvas) for face in faces]
    again = [landmarks68(drawing, box_of(face.landmarks)) for face, drawing in zip(faces, cels, strict=True)]
    teacher = np.array([nme(face.landmarks, points) for face, points in zip(faces, again, strict=True)])
    return {**_errors(net, faces, cels), "teacher_median": _rounded(np.median(teacher))}


def _errors(net: Hourglass, faces: list[AlignedFace], canvases: list[Image]) -> Scores:
    """Of the normalised mean errors over the inner points: Sagonas et al., "300 Faces in-the-Wild Challenge" (2013)."""
    wanted = np.stack([face.landmarks[INNER] for face in faces])
    eyes = np.array([inter_ocular(face.landmarks) for face in faces])
    errors = np.linalg.norm(places(net, canvases) - wanted, axis=2).mean(1) / eyes
    spread = {"mean": errors.mean(), "median": np.median(errors), "p90": np.quantile(errors, 0.9)}
    return {name: _rounded(value) for name, value in spread.items()}


def _followed(net: Hourglass, faces: list[AlignedFace], altered: list[AlignedFace]) -> Scores:
    """Correlation and slope of the points' found displacement (x and y) on the displacement that was made."""
    made = np.stack([b.landmarks - a.landmarks for a, b in zip(faces, altered, strict=True)])[:, INNER].ravel()
    seen = (places(net, [face.canvas for face in altered]) - places(net, [face.canvas for face in faces])).ravel()
    slope = float((made * seen).sum() / (made**2).sum())
    return {"correlation": _rounded(np.corrcoef(made, seen)[0, 1]), "slope": _rounded(slope)}


def places(net: Hourglass, canvases: list[Image]) -> Points:
    """The net's points of faces on the canvas, n x 51 x 2 canvas pixels."""
    with torch.no_grad():
        found = net(to_faces([crop_of(canvas) for canvas in canvases]))
    return to_canvas_points(found.numpy().astype(np.float64))


def _rounded(value: float | NDArray[np.float64]) -> float:
    return round(float(value), 4)
