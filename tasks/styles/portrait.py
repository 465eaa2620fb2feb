"""A photo drawn: its face alone (`face`), the whole picture (`frame`), or each face set back into it (`paste`).

The generator runs in `draft`; what `Steps` ask for is done to the draft, without it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from tasks.core.errors import UserError, nearest, require
from tasks.core.image import Image
from tasks.faces import finder, geometry
from tasks.faces.backend import Face
from tasks.faces.finder import Settings
from tasks.faces.geometry import Matrix, Points, invert
from tasks.faces.landmarks import landmarks68
from tasks.faces.upright import detect_upright, turned, turned_points
from tasks.styles import frame, wishes
from tasks.styles.draft import Draft, Piece, Spot
from tasks.styles.stylizer import Stylizer

FACE, FRAME, PASTE = MODES = ("face", "frame", "paste")
DRAWN, PHOTO = BACKDROPS = ("drawn", "photo")
LEAST_SIDE = 16  # pixels: reflected borders at a quarter of the resolution need more than 4 of AnimeGANv2's pictures
FAULTS = (OSError, ValueError, RuntimeError, cv2.error)  # of one picture: Pillow's and a runtime's, dlib's, OpenCV's
LEAST_CROP = 256  # pixels: smaller faces are enlarged for the generator, which has never seen eyes of five pixels


class PhotoError(UserError):
    """A photo that cannot be drawn; others may be."""


class NoFaceError(PhotoError):
    """The mode needs a face, and the picture shows none."""


class NarrowError(PhotoError):
    """The shorter side of the picture has too few pixels for a generator."""


@dataclass(frozen=True)
class Wanted:
    """What of the photo is drawn, how large, and what a controlled generator is asked for."""

    mode: str = FACE  # face: the largest face, cut out | frame: the whole picture | paste: each face, set back
    size: int = 512  # pixels of a face's crop; in `paste` fewer for a face that has fewer
    max_side: int = 2048  # pixels; of `frame` and `paste`: a larger photo is reduced to it
    backdrop: str = DRAWN  # of `paste`: what lies around the faces, drawn | photo
    wishes: tuple[str, ...] = ()  # control=word, such as hair=black
    strength: float = 1.0  # for a controlled generator alone: others draw all of it, and a step blends

    def __post_init__(self) -> None:
        require(self.mode in MODES, f"stylize.mode is {self.mode!r}; {nearest(self.mode, list(MODES))}")
        known = list(BACKDROPS)
        require(self.backdrop in known, f"stylize.backdrop is {self.backdrop!r}; {nearest(self.backdrop, known)}")
        require(self.size in range(64, 2049, 4), f"stylize.size is {self.size}; use a multiple of 4 from 64 to 2048")
        require(64 <= self.max_side <= 8192, f"stylize.max_side is {self.max_side}; use 64 to 8192 pixels")


class Artist:
    """A generator and a detector of faces: photos in, drafts out."""

    def __init__(self, model: Path, faces: Settings, runtime: str = "auto", threads: int = 0) -> None:
        """0 threads: all cores. Raises UserError for a model or a runtime that is not at hand."""
        self._model, self._faces = model, faces
        self._stylizer = Stylizer(model, threads=threads, runtime=runtime)

    @property
    def runtime(self) -> str:
        """The name of the runtime that draws."""
        return self._stylizer.runtime

    @property
    def controlled(self) -> bool:
        """Whether the generator itself knows strengths and wishes."""
        return self._stylizer.controlled

    def draft(self, photo: Image, wanted: Wanted) -> Draft:
        """The draft of a photo of any size, h x w x 3, RGB, 0..255; one that lies on its side is righted.

        Raises NoFaceError where the mode needs a face and there is none, NarrowError for a picture that has almost no
        width or height, UserError for a wish that cannot be met.
        """
        wide_enough(photo)  # detectors need that as well
        faces, quarter = detect_upright(photo, finder.opened(self._faces))
        return self.drawn(*righted(photo, faces, quarter), wanted)

    def drawn(self, photo: Image, faces: Sequence[Face], wanted: Wanted) -> Draft:
        """The draft of an upright photo whose faces are known, the largest first; raises as `draft` does."""
        if wanted.mode != FRAME and not faces:
            raise NoFaceError("no face is found in it; mode frame needs none")
        if wanted.mode == FACE:
            found = spot(photo, faces[0], geometry.resized(1.0), wanted.size, self._faces.margin)
            crop = geometry.warp(photo, found.matrix, found.size)
            return self.crop(crop, geometry.transform(found.matrix, found.marks), wanted)
        small, scale = frame.fitted(photo, wanted.max_side)
        wide_enough(small)
        spots = tuple(spot(photo, face, scale, wanted.size, self._faces.margin, LEAST_CROP) for face in faces)
        if wanted.mode == FRAME:
            return self._draft(Draft(small, self._whole(small, wanted), spots=spots), wanted)
        cuts = [cut(photo, scale, each) for each in spots]
        pieces = tuple(Piece(each, crop, self._run(crop, wanted)) for each, crop in zip(spots, cuts, strict=True))
        backdrop = self._whole(small, wanted) if wanted.backdrop == DRAWN else None
        return self._draft(Draft(small, backdrop, pieces=pieces), wanted)

    def crop(self, photo: Image, marks: Points, wanted: Wanted) -> Draft:
        """The draft of a face that is cut out already, with its 68 landmarks."""
        return self._draft(Draft(photo, self._run(photo, wanted), marks), wanted)

    def _draft(self, draft: Draft, wanted: Wanted) -> Draft:
        return replace(draft, hair=wishes.hair(wanted.wishes), controlled=self.controlled)

    def _run(self, photo: Image, wanted: Wanted) -> Image:
        return self._stylizer.run(photo, wishes.vector(self._model, wanted.wishes), wanted.strength)

    def _whole(self, photo: Image, wanted: Wanted) -> Image:
        told = wishes.vector(self._model, wanted.wishes)
        return frame.drawn(photo, self._stylizer, self._model, told, wanted.strength)


def wide_enough(photo: Image) -> None:
    """Raise NarrowError where the shorter side of a picture, h x w x 3, has fewer than LEAST_SIDE pixels."""
    height, width = photo.shape[:2]
    if min(height, width) < LEAST_SIDE:
        raise NarrowError(f"at {width} x {height} pixels it is too narrow; the shorter side needs {LEAST_SIDE}")


def righted(photo: Image, faces: Sequence[Face], quarter: int) -> tuple[Image, list[Face]]:
    """The photo and its faces after that many quarter turns clockwise."""
    if not quarter:
        return photo, list(faces)
    height, width = photo.shape[:2]
    upright = partial(turned_points, quarter=quarter, width=width, height=height)
    return turned(photo, quarter), [face.moved(upright) for face in faces]


def spot(photo: Image, face: Face, scale: Matrix, size: int, margin: float, least: int | None = None) -> Spot:
    """Where the face is in the photo after `scale`; its crop has `size` pixels.

    With `least` the crop has as many pixels as the photo has there, from `least` up to `size`.
    """
    own = 2 * float(geometry.frames(face.landmarks, margin)[2])
    side = size if least is None else int(np.clip(4 * round(own / 4), min(least, size), size))
    matrix = geometry.compose(invert(scale), geometry.crop_matrix(face.landmarks, side, margin))
    dense = landmarks68(photo, face.box, face.landmarks) if face.dense is None else face.dense
    return Spot(matrix, side, geometry.transform(scale, dense))


def cut(photo: Image, scale: Matrix, found: Spot) -> Image:
    """The crop at a spot of the photo after `scale`, from the photo's own pixels."""
    return geometry.warp(photo, geometry.compose(scale, found.matrix), found.size)
