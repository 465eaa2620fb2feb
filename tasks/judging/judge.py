"""All that is measured on one face: the photo beside each model's drawing of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray

from tasks.core.image import Image, decode_own
from tasks.core.style import descriptor
from tasks.faces import finder
from tasks.faces.backend import Backend, Embedding, Encoder, open_encoder
from tasks.faces.finder import Settings
from tasks.faces.geometry import Points
from tasks.faces.landmarks import box_of, landmarks68
from tasks.faces.skin import typology_angle
from tasks.scores.chroma import chroma_shift
from tasks.scores.kept import kept
from tasks.scores.nme import nme
from tasks.scores.ssim import ssim
from tasks.scores.symmetry import symmetry_change

NAN = float("nan")


@dataclass(frozen=True, eq=False)
class Case:
    """A held-out face: the photo's crop, the teacher's drawing where there is one, and each model's, all PNG."""

    face_id: str
    person: str
    photo: bytes
    target: bytes | None
    five: Points  # 5 x 2, in the crop
    dense: Points  # 68 x 2
    outputs: Mapping[str, bytes] = field(default_factory=dict)  # model -> drawing


@dataclass(frozen=True, eq=False)
class Drawing:
    """What one drawing scored; NaN where it could not be measured, `embedding` and `style` are for comparing sets."""

    kept: float  # 1, 0, or NaN where the detector finds no face in the photo either
    nme: float
    symmetry: float
    chroma_shift: float
    ssim: float
    embedding: Embedding
    style: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Measured:
    """One face: the embedding and the style of photo and target, and each model's drawing."""

    face_id: str
    person: str
    embedding: Embedding
    style: NDArray[np.float64]
    target_style: NDArray[np.float64] | None
    tone: float  # individual typology angle of the skin, degrees
    drawings: dict[str, Drawing]


@dataclass(frozen=True, eq=False)
class Reference:
    """What every drawing of a face is held against."""

    case: Case
    photo: Image
    target: Image | None
    marks: Points  # 68 x 2, as found in the crop itself
    box: NDArray[np.float32] | None  # None where the detector finds no face in the photo's crop


@dataclass(frozen=True)
class Judge:
    """Case -> Measured, as a value that worker processes can be sent.

    Drawings are pixel-aligned with their photo, so every drawing is embedded at the photo's own landmarks, and its
    68 landmarks are searched from the photo's: a feature that moved counts against the drawing, and a face that no
    detector finds any more is judged all the same.
    """

    faces: Settings
    encoder: str
    min_iou: float

    def __call__(self, case: Case) -> Measured:
        """Everything but similarities, which need the encoder's own measure of them."""
        reference = self._reference(case)
        photo, target = reference.photo, reference.target
        return Measured(
            case.face_id,
            case.person,
            embedding=self._encoder.embed(photo, case.five),
            style=descriptor(photo),
            target_style=None if target is None else descriptor(target),
            tone=typology_angle(photo, reference.marks),
            drawings={name: self._drawing(decode_own(data), reference) for name, data in case.outputs.items()},
        )

    @property
    def _encoder(self) -> Encoder:
        return opened(self.encoder, self.faces.licence)

    def _reference(self, case: Case) -> Reference:
        photo = decode_own(case.photo)
        target = decode_own(case.target) if case.target else None
        found = finder.opened(self.faces).detect(photo)
        box = np.array(found[0].box, np.float32) if found else None
        return Reference(case, photo, target, landmarks68(photo, box_of(case.dense)), box)

    def _drawing(self, drawing: Image, to: Reference) -> Drawing:
        moved = landmarks68(drawing, box_of(to.case.dense))
        backend = finder.opened(self.faces)
        return Drawing(
            kept=NAN if to.box is None else float(still_there(backend, drawing, to.box, self.min_iou)),
            nme=nme(to.marks, moved),
            symmetry=symmetry_change(to.marks, moved),
            chroma_shift=chroma_shift(to.photo, drawing, to.marks),
            ssim=NAN if to.target is None else ssim(to.target, drawing),
            embedding=self._encoder.embed(drawing, to.case.five),
            style=descriptor(drawing),
        )


def still_there(backend: Backend, drawing: Image, box: NDArray[np.float32], min_iou: float) -> bool:
    """Whether the detector finds a face in the drawing where the photo has it."""
    boxes = np.array([face.box for face in backend.detect(drawing)], np.float32).reshape(-1, 4)
    return kept(box, boxes, min_iou) is not None


@cache
def opened(encoder: str, licence: str) -> Encoder:
    """The encoder, loaded once in each process."""
    return open_encoder(encoder, licence)
