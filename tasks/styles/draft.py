"""What a generator drew of a photo, before any step: the steps are done to it as often as somebody likes."""

from dataclasses import dataclass, replace

import numpy as np

from tasks.after import filters
from tasks.after import steps as after
from tasks.after.steps import Steps
from tasks.core.image import Image
from tasks.faces.geometry import Matrix, Points, transform
from tasks.styles.paste import laid, pasted, reach


@dataclass(frozen=True, eq=False)
class Spot:
    """Where a face is in a picture, and where its crop would be."""

    matrix: Matrix  # 2 x 3, picture -> crop
    size: int  # pixels of the crop's side
    marks: Points  # 68 x 2, in the picture


@dataclass(frozen=True, eq=False)
class Piece:
    """A face of a picture in a crop of its own, and the drawing of that."""

    spot: Spot
    photo: Image
    drawing: Image


@dataclass(frozen=True, eq=False)
class Draft:
    """A photo and its drawing, whole or in pieces."""

    photo: Image  # in the drawing's geometry
    drawing: Image | None  # None: the pieces are set back into the photo
    marks: Points | None = None  # 68 x 2, where the picture is the crop of one face
    spots: tuple[Spot, ...] = ()  # faces of a whole picture
    pieces: tuple[Piece, ...] = ()  # to be set back, the largest first
    hair: str | None = None  # the colour that was wished for
    controlled: bool = False  # then the generator itself heeded the strength

    def finished(self, steps: Steps) -> Image:
        """The drawing after the steps, h x w x 3 as the photo; the generator does not run."""
        share = 1.0 if self.controlled else steps.strength
        steps = replace(steps, strength=1.0)  # blended once, over all: else what is pasted lies over the photo
        canvas = self.photo if self.drawing is None else self._filtered(self.drawing, steps)
        for piece in self.pieces:
            matrix, marks = piece.spot.matrix, transform(piece.spot.matrix, piece.spot.marks)
            canvas = pasted(canvas, after.finish(piece.photo, piece.drawing, steps, marks, self.hair), matrix)
        return canvas if share == 1 else filters.blend(self.photo, canvas, share)

    def _filtered(self, drawing: Image, steps: Steps) -> Image:
        for spot in self.spots:
            drawing = self._guarded(drawing, spot, steps)
        return after.finish(self.photo, drawing, steps, self.marks, self.hair)

    def _guarded(self, drawing: Image, spot: Spot, steps: Steps) -> Image:
        """The drawing with one face guarded, in a window of its own: nothing is resampled."""
        rows, columns = place = reach(spot.matrix, spot.size, *drawing.shape[:2])
        if rows.start >= rows.stop or columns.start >= columns.stop:
            return drawing
        photo, part = (np.ascontiguousarray(picture[place]) for picture in (self.photo, drawing))
        mended = after.guard(photo, part, steps, spot.marks - [columns.start, rows.start], self.hair)
        return drawing if mended is part else laid(drawing, mended, spot.matrix, spot.size, place)
