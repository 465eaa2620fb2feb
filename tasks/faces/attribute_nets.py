"""The networks that tell expression, mask, age and gender, and what each of them expects to see."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from tasks.core.image import Image
from tasks.faces import registry
from tasks.faces.geometry import ARC_SIZE, Points, arc_matrix, compose, crop_matrix, similarity_matrix, warp
from tasks.faces.onnx_session import open_session

EXPRESSIONS = ("neutral", "happy", "sad", "angry", "fearful", "disgusted", "surprised")
GENDERS = ("female", "male")
UNKNOWN = ("unknown", 0.0)  # a value and its score where a network is not sure

EXPRESSION = "expression_7_112"
MASK = "rfb640_masked_face"
AGE_GENDER = "genderage_mobilenet025_112"
NAMES = (EXPRESSION, MASK, AGE_GENDER)

# Three real masks score 0.97 and more; 3 % of bare faces (dark, tinted, a hand at the cheek) 0.6 to 0.85, and 5 of 651,
# four of them with glasses, 0.91 to 0.99.
MIN_MASK, MIN_BARE = 0.9, 0.5
# The ArcFace crop and two that show more of the forehead: among the best of 25 sets of views on 795 women and 84 men.
_RAISED = (0.0, 2.0, 4.0)  # pixels
# It takes frames for a man's: 19 % of 114 women who wear some are read as male, 2 % of 681 others; with this logit
# added 2 % more of all 795 are read right, and none of the men less. Chosen on these faces, not tried on others.
_FRAMES = 0.6


@dataclass(frozen=True)
class Models:
    """The networks at hand, by their name in the registry, and their digests for memo keys."""

    sessions: Mapping[str, ort.InferenceSession]
    digests: Mapping[str, str]

    def origin(self, name: str) -> str:
        """The network and its version: name@first eight digits of its digest."""
        return f"{name}@{self.digests[name].partition(':')[2][:8]}"


def open_models(licence: str = "any") -> Models:
    """Every attribute network that is at hand and allowed; nothing is downloaded, what is missing is unknown."""
    found = {name: registry.find_allowed(name, licence) for name in NAMES}
    return Models(
        {name: open_session(path) for name, path in found.items() if path},
        {name: registry.model(name).digest for name, path in found.items() if path},
    )


def expression(session: ort.InferenceSession, image: Image, landmarks: Points) -> tuple[str, float]:
    """One of EXPRESSIONS and its probability, the mean over a face and its mirror image.

    The crop is the square around 68 landmarks and a twentieth of it on each side. With a tenth, as face-api has it,
    anger reads as disgust with one of two detectors.
    """
    low, high = landmarks.min(axis=0), landmarks.max(axis=0)
    centre, half = (low + high) / 2, 0.55 * float((high - low).max())
    corners = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
    crop = warp(image, similarity_matrix(centre + half * corners, (corners + 1) * 56 - 0.5), 112)
    chances = session.run(None, {"image": _planes(crop, crop[:, ::-1])})[0].mean(axis=0)
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
        return ("mask", masked) if masked >= MIN_MASK else UNKNOWN
    return ("none", bare) if bare >= MIN_BARE else UNKNOWN


def age_gender(
    session: ort.InferenceSession, image: Image, landmarks: Points, frames: bool = False
) -> tuple[tuple[str, float], tuple[str, float]]:
    """Age in whole years and one of GENDERS, means over three crops by 5 landmarks and their mirror images.

    `frames` says that glasses are worn. The network gives no confidence in the age: its score falls by 0.1 with each
    year of the standard deviation over the crops.
    """
    matrix = arc_matrix(landmarks)
    views = [warp(image, compose(matrix, _shift(down)), ARC_SIZE) for down in _RAISED]
    chances, ages = session.run(None, {"image": _planes(*views, *(view[:, ::-1] for view in views))})
    years = np.ravel(ages)
    logit = float(np.mean(np.log(chances[:, 0] / chances[:, 1]))) + _FRAMES * frames
    female = float(1.0 / (1.0 + np.exp(-logit)))
    gender = ("female", female) if female >= 0.5 else ("male", 1.0 - female)
    return (str(round(float(years.mean()))), max(0.0, 1.0 - float(years.std()) / 10)), gender


def _shift(down: float) -> NDArray[np.float64]:
    return np.array([[1.0, 0.0, 0.0], [0.0, 1.0, down]])


def _planes(*crops: Image) -> NDArray[np.float32]:
    """The crops as n x 3 x h x w, RGB, 0..255."""
    return np.ascontiguousarray(np.stack(crops).transpose(0, 3, 1, 2), np.float32)
