"""Where the hair of a face is, softly, by its colour and by where hair can be."""

import cv2
import numpy as np
from numpy.typing import NDArray

from tasks.core.image import Image
from tasks.faces.geometry import Points, resized, similarity_matrix, transform

Mask = NDArray[np.float32]

_SIDE = 96  # px: hair is found in a small picture, and its edge in the full one
_EYES: Points = np.array([[-0.5, 0.0], [0.5, 0.0]])  # places are in distances between the eyes from their middle
_LIGHTNESS = np.array([0.7, 1.0, 1.0], np.float32)  # light and shade count less than tint
_LIKE_SKIN = 10.0  # distance up to which a pixel is skin
_LIGHTEST = 85.0  # L* above which what surrounds a face is background
_LEAST = 0.08  # share of the surroundings that must be left for hair
_SKIN_SPREAD = np.array([11.0, 6.0, 6.0], np.float32)
_HAIR_SPREAD = np.array([[7.0, 5.0, 5.0], [14.0, 9.0, 9.0]])  # at least and at most
_ELSE = 0.02  # density of all other colours, against 1 at the hair's own
_RADIUS, _EPSILON = 3, 1e-3  # of the guided filter


def hair_mask(picture: Image, points: Points) -> Mask:
    """How much of each pixel (h x w of a square picture) is hair, 0..1, from 68 landmarks (all 0: unknown).

    Bayes' rule between the colours beside the face, of its skin and of everything else, where hair may be and where
    it hangs together with what surrounds the face; its edge follows the picture's (He, Sun, Tang: "Guided image
    filtering", ECCV 2010). All 0 where hair and skin cannot be told apart.
    """
    size = len(picture)
    if not points.any():
        return np.zeros((size, size), np.float32)
    small = np.asarray(cv2.resize(picture, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA), np.uint8)
    marks = transform(resized(_SIDE / size), points)
    aside, up = _places(marks)
    face = np.zeros((_SIDE, _SIDE), np.uint8)
    cv2.fillConvexPoly(face, cv2.convexHull(np.rint(marks).astype(np.int32)), 1)
    lab, cheeks = lab_of(small) * _LIGHTNESS, (face > 0) & (aside < 0.6) & (up < -0.2) & (up > -1.0)
    skin = np.median(lab[cheeks], axis=0) if cheeks.any() else np.full(3, np.nan)
    seeds = _seeds(lab, skin, aside, up, face)
    if not seeds.any():
        return np.zeros((size, size), np.float32)
    may = _allowance(aside, up, face)
    chance = _joined(_chance(lab, skin, lab[seeds]) * may, seeds)
    fine = np.clip((_refined(chance, small, picture) - 0.1) / 0.6, 0.0, 1.0)
    return np.asarray(fine * cv2.resize(may, (size, size)), np.float32)


def lab_of(picture: Image) -> Mask:
    """L*, a* and b* of each pixel, h x w x 3."""
    return np.asarray(cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)


def _places(marks: Points) -> tuple[Mask, Mask]:
    """How far aside of the middle between the eyes each pixel is, and how far above it."""
    across, down = np.meshgrid(np.arange(_SIDE), np.arange(_SIDE))
    eyes = np.array([marks[36:42].mean(axis=0), marks[42:48].mean(axis=0)])
    grid = transform(similarity_matrix(eyes, _EYES), np.stack([across.ravel(), down.ravel()], axis=1))
    x, y = grid.T.reshape(2, _SIDE, _SIDE)
    return np.abs(x).astype(np.float32), -y.astype(np.float32)


def _seeds(lab: Mask, skin: Mask, aside: Mask, up: Mask, face: Image) -> NDArray[np.bool_]:
    """The darker half of what lies above and beside the face and is not skin; none where that is next to nothing."""
    above, beside = (aside < 0.8) & (up > 0.95) & (up < 1.5), (aside > 1.0) & (aside < 1.4) & (up < 0.8) & (up > -0.5)
    around = (above | beside) & (face == 0)
    hair = around & (np.linalg.norm(lab - skin, axis=2) > _LIKE_SKIN) & (lab[..., 0] < _LIGHTEST * _LIGHTNESS[0])
    if hair.sum() <= _LEAST * around.sum():
        return np.zeros(hair.shape, np.bool_)
    return np.asarray(hair & (lab[..., 0] <= np.median(lab[hair][:, 0])))


def _allowance(aside: Mask, up: Mask, face: Image) -> Mask:
    """Where hair may be, 0..1: not on the face or right above its brows, below the chin only beside the neck."""
    inner = cv2.GaussianBlur(cv2.erode(face, np.ones((3, 3), np.uint8)).astype(np.float32), (0, 0), 1.0)
    brows = np.where((aside < 0.75) & (up > 0), np.clip((up - 0.3) / 0.2, 0, 1), 1)
    neck = np.where(up < -1.2, np.clip((aside - 0.45) / 0.3, 0, 1), 1)
    return np.asarray((1 - inner) * brows * neck * np.clip((2.0 - aside) / 0.3, 0, 1), np.float32)


def _chance(lab: Mask, skin: Mask, hair: Mask) -> Mask:
    """The probability of hair by colour alone, from the skin's median and samples (n x 3) of the hair."""
    middle = np.median(hair, axis=0)
    spread = 1.4826 * np.median(np.abs(hair - middle), axis=0)  # as a standard deviation
    spread = np.clip(2 * spread, *_HAIR_SPREAD).astype(np.float32)
    of_hair = np.exp(-0.5 * (((lab - middle) / spread) ** 2).sum(axis=2)) / spread.prod()
    of_skin = np.exp(-0.5 * (((lab - skin) / _SKIN_SPREAD) ** 2).sum(axis=2)) / _SKIN_SPREAD.prod()
    return np.asarray(of_hair / (of_hair + of_skin + _ELSE / spread.prod()), np.float32)


def _joined(chance: Mask, seeds: NDArray[np.bool_]) -> Mask:
    """The chance where it hangs together with six seeds or more, else 0."""
    likely = chance > 0.35
    count, parts = cv2.connectedComponents(likely.astype(np.uint8))
    held = np.bincount(parts[seeds & likely], minlength=count) >= 6
    held[0] = False
    near = cv2.dilate(held[parts].astype(np.uint8), np.ones((5, 5), np.uint8))
    return np.asarray(chance * near, np.float32)


def _refined(chance: Mask, small: Image, picture: Image) -> Mask:
    """The chance of the small picture as a linear function of grey around each pixel, applied to the full picture."""
    grey = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY) / np.float32(255), np.float32)
    mean_grey, mean_chance = _blurred(grey), _blurred(chance)
    slope = (_blurred(grey * chance) - mean_grey * mean_chance) / (_blurred(grey * grey) - mean_grey**2 + _EPSILON)
    start = mean_chance - slope * mean_grey
    fine_slope, fine_start = (cv2.resize(_blurred(part), picture.shape[:2]) for part in (slope, start))
    fine_grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    return np.asarray(fine_slope * fine_grey + fine_start, np.float32)


def _blurred(values: Mask) -> Mask:
    side = 2 * _RADIUS + 1
    return np.asarray(cv2.blur(values, (side, side), borderType=cv2.BORDER_REFLECT), np.float32)
