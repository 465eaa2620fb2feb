"""All that is measured on one face: on the photo, on a model's drawing of it, and between two models' drawings.

Rows in, rows out, as the memos hold them. Drawings are pixel-aligned with their photo, so every drawing is embedded at
the photo's own landmarks, and its 68 landmarks are searched from the photo's: a feature that moved counts against the
drawing, and a face that no detector finds any more is judged all the same.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np
import onnxruntime as ort

from tasks.core.image import Image, decode_own
from tasks.faces import finder, registry
from tasks.faces.backend import Backend, Box, Encoder, Face, open_encoder
from tasks.faces.finder import Settings
from tasks.faces.geometry import Points
from tasks.faces.landmarks import box_of, landmarks68
from tasks.faces.skin import mean_colour, skin_mask, typology_angle
from tasks.judging import natural
from tasks.judging.summary import FULL_REFERENCE
from tasks.scores import reference
from tasks.scores.chroma import chroma_shift
from tasks.scores.face_quality import face_quality, find_face_quality
from tasks.scores.features import FeatureNet, open_features
from tasks.scores.kept import iou
from tasks.scores.nme import nme
from tasks.scores.symmetry import symmetry_change

Row = dict[str, Any]
LPIPS = ("alexnet", "lpips_alex")  # its weights in the registry
NOTHING: Row = dict.fromkeys(FULL_REFERENCE)


@dataclass(frozen=True)
class Instruments:
    """What is measured with: the detector, two encoders, a feature net; a value that worker processes can be sent."""

    faces: Settings
    encoder: str  # of the headline
    second: str | None  # a second opinion
    net: str  # whose features tell how near two sets of pictures are

    def seen(self, picture: Image) -> Row:
        """What a picture looks like: features, and NIQE's statistics of its patches."""
        return {"features": net(self.net)([picture])[0].tolist(), "patches": natural.keep(picture)}

    def person(self, picture: Image, five: Points) -> Row:
        """Whom it shows, by both encoders, and how well by eDifFIQA where that is at hand."""
        licence = self.faces.licence
        session = quality_net(licence)
        return {
            "embedding": encoder(self.encoder, licence).embed(picture, five).tolist(),
            "second": encoder(self.second, licence).embed(picture, five).tolist() if self.second else None,
            "quality": face_quality(session, picture, five) if session else None,
        }


@dataclass(frozen=True)
class JudgePhoto:
    """Aligned face, with the teacher's drawing of it as `target` -> row of JUDGED_PHOTO."""

    tools: Instruments

    def __call__(self, row: Row) -> Row:
        """What every drawing of this face is held against."""
        photo = decode_own(row["image"]["bytes"])
        expected = box_of(points(row["landmarks68"]))
        marks = landmarks68(photo, expected)
        mask = skin_mask(marks, *photo.shape[:2])
        target = row["target"]
        return {
            "face_id": row["face_id"],
            "box": whose(finder.opened(self.tools.faces).detect(photo), expected),
            "marks": marks.ravel().tolist(),
            "typology": known(typology_angle(photo, marks)),
            "lightness": float(mean_colour(photo, mask)[0]) if mask.any() else None,
            **self.tools.person(photo, points(row["landmarks"])),
            **self.tools.seen(photo),
            "target_features": net(self.tools.net)([decode_own(target)])[0].tolist() if target else None,
        }


@dataclass(frozen=True)
class JudgeDrawing:
    """Aligned face with its target, its row of JUDGED_PHOTO and a `drawing` of it -> row of JUDGED_DRAWING."""

    tools: Instruments

    def __call__(self, row: Row) -> Row:
        """What the drawing scored."""
        photo, drawing = decode_own(row["image"]["bytes"]), decode_own(row["drawing"])
        marks, moved = points(row["marks"]), landmarks68(drawing, box_of(points(row["landmarks68"])))
        return {
            "face_id": row["face_id"],
            "overlap": None if row["box"] is None else overlap(finder.opened(self.tools.faces), drawing, row["box"]),
            "nme": nme(marks, moved),
            "symmetry": symmetry_change(marks, moved),
            "chroma_shift": known(chroma_shift(photo, drawing, marks)),
            **likeness(decode_own(row["target"]) if row["target"] else None, drawing, self.tools.faces.licence),
            **self.tools.person(drawing, points(row["landmarks"])),
            **self.tools.seen(drawing),
        }


@dataclass(frozen=True)
class JudgeStyle:
    """Aligned drawing of the style set -> row of JUDGED_STYLE."""

    tools: Instruments

    def __call__(self, row: Row) -> Row:
        """What it looks like."""
        return {"face_id": row["face_id"], **self.tools.seen(decode_own(row["image"]["bytes"]))}


@dataclass(frozen=True)
class Compare:
    """Two models' drawings of one face, `before` and `after` -> row of LIKENESS."""

    tools: Instruments

    def __call__(self, row: Row) -> Row:
        """How near the two are."""
        before, after = decode_own(row["before"]), decode_own(row["after"])
        return {"face_id": row["face_id"], **likeness(before, after, self.tools.faces.licence)}


def likeness(target: Image | None, output: Image, licence: str) -> Row:
    """Every full-reference score of an output; null without a target, LPIPS also without its weights."""
    if target is None:
        return NOTHING
    distance = perceptual(licence)
    return {**reference.against(target, output), "lpips": distance(target, output) if distance else None}


def whose(found: Sequence[Face], expected: Box) -> list[float] | None:
    """The box of the face that the crop is about, which need not be the largest in it; None where none is there."""
    boxes = np.array([face.box for face in found], np.float32).reshape(-1, 4)
    shared = iou(np.array(expected, np.float32), boxes)
    return list(found[int(shared.argmax())].box) if shared.any() else None


def overlap(backend: Backend, picture: Image, box: Sequence[float]) -> float:
    """The best intersection over union, 0..1, of a face that the detector finds in the picture with this box."""
    boxes = np.array([face.box for face in backend.detect(picture)], np.float32).reshape(-1, 4)
    return float(iou(np.array(box, np.float32), boxes).max(initial=0.0))


@cache
def encoder(name: str, licence: str) -> Encoder:
    """The encoder, loaded once in each process."""
    return open_encoder(name, licence)


@cache
def net(name: str) -> FeatureNet:
    """The feature net, loaded once in each process."""
    return open_features(name)


@cache
def quality_net(licence: str) -> ort.InferenceSession | None:
    """eDifFIQA, loaded once in each process; None where it is not at hand or not allowed."""
    return find_face_quality(licence)


@cache
def perceptual(licence: str) -> Callable[[Image, Image], float] | None:
    """LPIPS, loaded once in each process; None where its weights are not at hand or not allowed."""
    if not all(registry.find_allowed(name, licence) for name in LPIPS):
        return None
    from tasks.scores import lpips  # torch: two seconds in every process that would not use it

    net = lpips.find_lpips(licence)
    return partial(lpips.lpips, net) if net else None


def points(flat: list[float]) -> Points:
    """N x 2 points of a manifest's row."""
    return np.asarray(flat, np.float64).reshape(-1, 2)


def known(value: float) -> float | None:
    """Null where a number is none."""
    return None if np.isnan(value) else value
