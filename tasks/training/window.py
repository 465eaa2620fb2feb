"""The part of a frame that is shown, and where its face is in it."""

from dataclasses import dataclass

import numpy as np

from tasks.core.image import Image
from tasks.faces.geometry import Matrix, Points, compose, invert, transform, warp
from tasks.scores.symmetry import twins


@dataclass(frozen=True)
class Window:
    """A square of a frame, its upper left corner and side in the frame's pixels, perhaps mirrored."""

    x: float
    y: float
    side: float
    mirrored: bool = False

    def matrix(self, size: int) -> Matrix:
        """From the frame's pixels to those of the shown picture, size x size; outer edges fall on outer edges."""
        factor = size / self.side
        down = [0.0, factor, (0.5 - self.y) * factor - 0.5]
        right = [factor, 0.0, (0.5 - self.x) * factor - 0.5]
        if self.mirrored:
            right = [-factor, 0.0, (self.x + self.side - 0.5) * factor - 0.5]
        return np.array([right, down])

    def show(self, frame: Image, size: int) -> Image:
        """The window as a picture of size x size: one warp, area averages where it shrinks."""
        return warp(frame, self.matrix(size), size)

    def arc(self, arc: Matrix, size: int) -> Matrix:
        """From the shown picture's pixels to the template, given the frame's matrix.

        A mirrored face is held against a mirrored face, so the matrix mirrors it back and both stand upright there.
        """
        return compose(invert(self.matrix(size)), arc)

    def points(self, points: Points, size: int) -> Points:
        """Landmarks (68 x 2) of the frame in the shown picture; a mirrored left eye is a right eye."""
        ordered = twins(points) * [-1.0, 1.0] if self.mirrored else points
        return transform(self.matrix(size), ordered)


def whole(frame: int) -> Window:
    """All of a frame of that side."""
    return Window(0.0, 0.0, float(frame))


def random_cutout(frame: int, side: int, mirror: bool, rng: np.random.Generator) -> Window:
    """A square of so many whole pixels anywhere in the frame, every second one mirrored if `mirror`."""
    x, y = (int(v) for v in rng.integers(0, frame - side + 1, 2))
    return Window(float(x), float(y), float(side), bool(mirror and rng.random() < 0.5))


def random_window(frame: int, zoom: float, mirror: bool, rng: np.random.Generator) -> Window:
    """A square of 1 - zoom to 1 of the frame's side anywhere in it, every second one mirrored if `mirror`."""
    cut, x, y, side = rng.random(4)
    kept = frame * (1.0 - zoom * float(cut))
    return Window(float(x) * (frame - kept), float(y) * (frame - kept), kept, bool(mirror and side < 0.5))
