"""The colour group of the hair: Fisher's linear discriminant (1936) on the Lab colour of what surrounds a face."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tasks.core.image import Image
from tasks.faces.geometry import Points, invert, similarity_matrix, transform

ORIGIN = "rule:hair@1"
COLOURS = ("black", "grey", "brown", "blonde", "orange", "red", "pink", "purple", "blue", "green")
MIN_CHANCE = 0.5  # below it the colour is unknown

Lab = NDArray[np.float64]

# A grid around the middle between the eyes, in distances between them: how far aside a point is, and how far up.
_EYES: Points = np.array([[-0.5, 0.0], [0.5, 0.0]])
_GRID: Points = np.stack(np.meshgrid(np.arange(-1.6, 1.6, 0.03), np.arange(-1.6, 1.6, 0.03)), axis=-1).reshape(-1, 2)
_ASIDE, _UP = np.abs(_GRID[:, 0]), -_GRID[:, 1]
_BESIDE = (_ASIDE > 1.05) & (_ASIDE < 1.4) & (_UP < 0.8) & (_UP > -0.5)
_SKIN = (_ASIDE < 0.35) & (_UP < -0.3) & (_UP > -0.8)

_LIKE_SKIN = 9.0  # Lab distance, lightness weighted by 0.7, up to which a point is skin and not hair
_LEAST = 0.08  # share of the points that must be left for hair
_COLOURLESS = 3.0  # mean chroma of a picture without colour, in which light hair has no group


@dataclass(frozen=True)
class Palette:
    """Where to look, and the groups as normal distributions of one covariance in Lab, with how common each is."""

    forehead: float  # distances between the eyes from the eyes up to where hair begins
    darker_half: bool  # of the points only: what is behind a head is mostly lighter than its hair
    means: dict[str, tuple[float, float, float]]
    covariance: tuple[tuple[float, float, float], ...]
    shares: dict[str, float]

    def chances(self, colour: Lab) -> dict[str, float]:
        """The probability of each group for a mean L*, a*, b*."""
        away = np.array(list(self.means.values())) - colour
        nearness = -0.5 * np.einsum("ij,jk,ik->i", away, np.linalg.inv(self.covariance), away)
        weights = np.exp(nearness - nearness.max()) * [self.shares[name] for name in self.means]
        return dict(zip(self.means, (weights / weights.sum()).tolist(), strict=True))


# Means and covariance of 235 drawings of several studios, judged by eye. Left out one by one, 94 % of them get a name,
# and 91 % of the names are what the eye says, or would also have said of a colour between two.
DRAWN = Palette(
    forehead=0.6,
    darker_half=False,
    means={
        "black": (25, 2, -1),
        "grey": (72, 2, 0),
        "brown": (49, 10, 17),
        "blonde": (83, 0, 30),
        "orange": (69, 20, 30),
        "red": (51, 39, 13),
        "pink": (74, 25, 0),
        "purple": (53, 16, -17),
        "blue": (51, 0, -19),
        "green": (57, -28, 9),
    },
    covariance=((181, -18, 20), (-18, 53, -7), (20, -7, 55)),
    shares=dict.fromkeys(COLOURS, 0.1),
)
# The same of 132 selfies and 50 press photos; the shares are those of the selfies. On the very same photos 72 % get a
# name, and 80 % of the names are right: lamps and filters colour hair, and brown shades into black.
PHOTOGRAPHED = Palette(
    forehead=1.0,
    darker_half=True,
    means={
        "black": (18, 7, -7),
        "grey": (43, 5, 15),
        "brown": (26, 12, 2),
        "blonde": (43, 15, 15),
        "red": (30, 29, 5),
    },
    covariance=((197, 4, 28), (4, 74, -4), (28, -4, 128)),
    shares={"black": 0.35, "grey": 0.1, "brown": 0.37, "blonde": 0.12, "red": 0.06},
)


def hair(crop: Image, eyes: Points, palette: Palette) -> tuple[str, float]:
    """One of COLOURS and its probability, from an aligned crop and its eye centres (2 x 2).

    'unknown' (score 0) for a bald or covered head, for a colour between the groups and, black apart, for a picture
    without colour.
    """
    colour = hair_colour(crop, eyes, palette)
    if colour is None:
        return "unknown", 0.0
    chances = palette.chances(colour)
    best = max(chances, key=lambda name: chances[name])
    if chances[best] < MIN_CHANCE or (best != "black" and colourless(crop)):
        return "unknown", 0.0
    return best, chances[best]


def hair_colour(crop: Image, eyes: Points, palette: Palette) -> Lab | None:
    """Median L*, a*, b* of the hair above and beside a face; None where there is next to nothing but skin."""
    above = (_ASIDE < 0.8) & (palette.forehead < _UP) & (_UP < 1.4)
    around, skin = sampled(crop, eyes, above | _BESIDE), sampled(crop, eyes, _SKIN)
    if not len(around) or not len(skin):
        return None
    away = np.linalg.norm((around - np.median(skin, axis=0)) * [0.7, 1.0, 1.0], axis=1)
    found = around[away > _LIKE_SKIN]
    if len(found) < _LEAST * len(around):
        return None
    if palette.darker_half:
        found = found[found[:, 0] <= np.median(found[:, 0])]
    return np.asarray(np.median(found, axis=0), np.float64)


def sampled(crop: Image, eyes: Points, chosen: NDArray[np.bool_]) -> Lab:
    """The Lab colours (n x 3) at the chosen points of the grid that lie in the crop."""
    x, y = np.rint(transform(invert(similarity_matrix(eyes, _EYES)), _GRID[chosen])).astype(int).T
    inside = (x >= 0) & (x < crop.shape[1]) & (y >= 0) & (y < crop.shape[0])
    points = np.ascontiguousarray(crop[y[inside], x[inside]][None], np.float32) / 255
    return np.asarray(cv2.cvtColor(points, cv2.COLOR_RGB2LAB)[0], np.float64).reshape(-1, 3)


def colourless(crop: Image) -> bool:
    """Whether the picture is grey; every fourth pixel tells."""
    lab = cv2.cvtColor(np.ascontiguousarray(crop[::4, ::4], np.float32) / 255, cv2.COLOR_RGB2LAB)
    return bool(np.hypot(lab[..., 1], lab[..., 2]).mean() < _COLOURLESS)
