"""What can be told of a face: expression, glasses, mask, age and gender, each with a score and where it came from.

A value is "unknown" (score 0, no origin) where no model is at hand or the licence policy refuses it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from tasks.core.image import Image
from tasks.faces import registry
from tasks.faces.backend import Face
from tasks.faces.geometry import ARC_SIZE, Points, arc_matrix, crop_matrix, similarity_matrix, warp
from tasks.faces.glasses import ORIGIN, glasses
from tasks.faces.landmarks import landmarks68
from tasks.faces.onnx_session import open_session

Attribute = tuple[str, float, str]  # value, score 0..1, origin

NAMES = ("expression", "glasses", "mask", "age", "gender")
EXPRESSIONS = ("neutral", "happy", "sad", "angry", "fearful", "disgusted", "surprised")
UNKNOWN: Attribute = ("unknown", 0.0, "")

EXPRESSION = "expression_7_112"
MASK = "rfb640_masked_face"
# Real masks score 0.97 and more; 3 % of bare faces (dark, tinted, a hand at the cheek) 0.6 to 0.85.
MIN_MASK, MIN_BARE = 0.9, 0.5
AGE_GENDER = "genderage_mobilenet025_112"


@dataclass(frozen=True)
class Models:
    """The networks at hand, by their name in the registry, and their digests for memo keys."""

    sessions: Mapping[str, ort.InferenceSession]
    digests: Mapping[str, str]


def open_models(licence: str = "any") -> Models:
    """Every attribute network that is at hand and allowed; nothing is downloaded, what is missing is unknown."""
    found = {name: registry.find_allowed(name, licence) for name in (EXPRESSION, MASK, AGE_GENDER)}
    return Models(
        {name: open_session(path) for name, path in found.items() if path},
        {name: registry.model(name).digest for name, path in found.items() if path},
    )


def attributes(image: Image, face: Face, available: Models, landmarks: Points | None = None) -> dict[str, Attribute]:
    """Value, score and origin for each of NAMES; `landmarks` are the face's 68, predicted here when not given."""
    points = landmarks68(image, face.box, face.landmarks) if landmarks is None else landmarks
    worn, clear = glasses(image, points)
    found: dict[str, Attribute] = dict.fromkeys(NAMES, UNKNOWN)
    found["glasses"] = (worn, clear, ORIGIN) if clear else UNKNOWN
    if session := available.sessions.get(MASK):
        found["mask"] = (*mask(session, image, face.landmarks), MASK)
    if (session := available.sessions.get(EXPRESSION)) and found["mask"][0] != "mask":
        found["expression"] = (*expression(session, image, points), EXPRESSION)
    if session := available.sessions.get(AGE_GENDER):
        (age, age_score), (gender, gender_score) = age_gender(session, image, face.landmarks)
        found |= {"age": (age, age_score, AGE_GENDER), "gender": (gender, gender_score, AGE_GENDER)}
    return found


def expression(session: ort.InferenceSession, image: Image, landmarks: Points) -> tuple[str, float]:
    """One of EXPRESSIONS and its probability, from the square around 68 landmarks and a twentieth on each side."""
    low, high = landmarks.min(axis=0), landmarks.max(axis=0)
    centre, half = (low + high) / 2, 0.55 * float((high - low).max())
    corners = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
    crop = warp(image, similarity_matrix(centre + half * corners, (corners + 1) * 56 - 0.5), 112)
    chances = session.run(None, {"image": _planes(crop)})[0][0]
    best = int(chances.argmax())
    return EXPRESSIONS[best], float(chances[best])


def mask(session: ort.InferenceSession, image: Image, landmarks: Points) -> tuple[str, float]:
    """'mask' or 'none' and the detector's score; 'unknown' where it sees no face or is not sure of a mask.

    Ultra-Light-Fast's 640 x 480 detector looks at the head alone, in the middle of grey.
    """
    canvas = np.full((480, 640, 3), 127, np.uint8)
    canvas[:, 80:560] = warp(image, crop_matrix(landmarks, 480), 480)
    scores = session.run(None, {"input": (_planes(canvas) - 127.0) / 128.0})[0][0]
    bare, masked = float(scores[:, 1].max()), float(scores[:, 2].max())
    if masked > bare:
        return ("mask", masked) if masked >= MIN_MASK else UNKNOWN[:2]
    return ("none", bare) if bare >= MIN_BARE else UNKNOWN[:2]


def age_gender(
    session: ort.InferenceSession, image: Image, landmarks: Points
) -> tuple[tuple[str, float], tuple[str, float]]:
    """Age in whole years and gender ('female', 'male'), means over the ArcFace crop and its mirror image.

    The network gives no confidence in the age: its score falls by 0.1 with each year that the mirror image differs.
    """
    crop = warp(image, arc_matrix(landmarks), ARC_SIZE)
    chances, ages = zip(*(session.run(None, {"image": _planes(view)}) for view in (crop, crop[:, ::-1])), strict=True)
    female, male = np.mean(chances, axis=0)[0]
    years = [float(age[0]) for age in ages]
    sure = max(0.0, 1.0 - abs(years[0] - years[1]) / 10)
    gender = ("female", float(female)) if female >= male else ("male", float(male))
    return (str(round(sum(years) / 2)), sure), gender


def _planes(crop: Image) -> NDArray[np.float32]:
    """1 x 3 x h x w, RGB, 0..255."""
    return np.ascontiguousarray(crop.transpose(2, 0, 1)[None], np.float32)
