"""The limits that a picture and its faces are held to, and the rules that follow from them."""

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.core.errors import require
from tasks.core.rules import Rule
from tasks.faces.geometry import outside
from tasks.faces.table import Faces
from tasks.sifting.pictures import Pictures


@dataclass(frozen=True)
class Params:
    """The `quality` section of params.yaml; a limit is named by what it limits."""

    min_side: int = 512  # pixels of the shorter side of a photo
    min_side_anime: int = 256  # of a drawing
    min_contrast: float = 12.0  # standard deviation of grey levels
    min_brightness: float = 45.0  # mean grey level
    max_brightness: float = 225.0
    min_sharpness: float = 12.0  # variance of the Laplacian at 256 pixels
    min_jpeg_quality: float = 30.0  # of libjpeg's 1 to 100
    max_blockiness: float = 2.0  # how much stronger steps are on the 8-pixel grid than beside it
    max_drawn: float = 0.8  # of a photo: 0 a photo, 1 a drawing; a smooth studio photo reaches 0.77, anime 0.99
    min_drawn: float = 0.1  # of a drawing: 95 of 100 selfies have less, cel drawings 0.5 and more
    min_face: float = 80.0  # pixels, the side of a square as large as the face's box
    max_faces: int = 1  # of comparable size; with more, each of them is taken
    comparable: float = 0.5  # share of the largest face's area from which another one counts
    max_covered: float = 0.15  # share of the face behind a mask or a thing
    max_yaw: float = 40.0  # degrees
    max_pitch: float = 40.0
    max_roll: float = 30.0
    max_outside: float = 0.25  # share of the crop that lies beyond the picture's border
    max_off_style: float = 3.5  # robust spreads from the style of the drawings (50 or more); 0: off

    def __post_init__(self) -> None:
        for key, value in asdict(self).items():
            require(value >= 0, f"quality.{key} is {value}; it must be 0 or more")
        lit = f"quality.min_brightness {self.min_brightness} is not below max_brightness {self.max_brightness}"
        require(self.min_brightness < self.max_brightness, f"{lit}; no picture could pass")
        require(self.comparable > 0, "quality.comparable is 0; use a share above 0, such as 0.5")
        require(self.max_faces >= 1, "quality.max_faces is 0; use 1 or more")


def comparable(faces: Faces, given: Params) -> NDArray[np.bool_]:
    """Which faces are of about the size of the largest one of their picture."""
    largest = faces.side[faces.first[faces.picture]]
    return np.asarray(faces.side**2 >= given.comparable * largest**2)


def of_pictures(pictures: Pictures, counts: NDArray[np.int64], given: Params) -> list[Rule]:
    """What holds for a picture as a whole, in the order in which a person would object.

    What takes light or detail away comes first: it may be why no face was found, and why a photo looks drawn.
    """
    seen, photo = pictures.measures, pictures.photo
    least = np.where(photo, given.min_side, given.min_side_anime).astype(np.float64)
    number = counts.astype(np.float64)
    return [
        Rule("small", np.minimum(seen["width"], seen["height"]), least),
        Rule("dark", seen["brightness"], given.min_brightness, group="photo"),
        Rule("bright", seen["brightness"], high=given.max_brightness, group="photo"),
        Rule("flat", seen["contrast"], given.min_contrast),
        Rule("blurred", seen["sharpness"], given.min_sharpness),
        Rule("compressed", seen["jpeg_quality"], given.min_jpeg_quality),
        Rule("compressed", seen["blockiness"], high=given.max_blockiness),
        Rule("drawing_among_photos", seen["drawn"], high=given.max_drawn, group="photo"),
        Rule("photo_among_drawings", seen["drawn"], given.min_drawn, group="anime"),
        Rule("no_face", number, 1),
        Rule("many_faces", number, high=given.max_faces, group="photo"),
    ]


def of_faces(pictures: Pictures, given: Params, margin: float) -> list[Rule]:
    """What holds for each face."""
    faces, seen = pictures.faces, pictures.measures
    width, height = (seen[name][faces.picture] for name in ("width", "height"))
    yaw, pitch, roll = np.abs(faces.angles.T)
    return [
        Rule("face_small", faces.side, given.min_face),
        Rule("covered", faces.covered, high=given.max_covered, group="photo"),
        Rule("tilted", roll, high=given.max_roll, group="photo"),
        Rule("turned", yaw, high=given.max_yaw, group="photo"),
        Rule("nodding", pitch, high=given.max_pitch, group="photo"),
        Rule("cut", outside(faces.landmarks, width, height, margin), high=given.max_outside, group="photo"),
    ]
