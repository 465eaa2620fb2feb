"""How much of a face is behind something else: a telephone, a ball, a sleeve, a mask.

A face's skin may lie in light and in shade, and under any lamp; from one to the other its lightness changes more than
its colour. A thing before it has an edge, and another colour at a like lightness. So the part of the face below the
eyes is split along edges, and every part is held against the largest one. A hand has the face's own colour, a black or
white thing passes for shade or light, and a mask is the largest part itself: the first two are not seen, the third by
a network where it is at hand.
"""

import cv2
import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from tasks.core.image import Image
from tasks.faces.attribute_nets import mask
from tasks.faces.geometry import Points, crop_matrix, transform, warp

SIDE, MARGIN = 128, 0.8  # pixels of the crop that is measured, and its margin

# Chosen on 339 photos with a telephone, a ball, a sleeve and three masks among them: Lab units throughout.
MIN_EDGE = 6.0  # of the gradient per pixel; in a coarse picture four times the median
MIN_COLOUR = 12.0  # distance in a and b from which a part is of another colour
MAX_LIGHT = 95.0  # L above which a part is overexposed and has lost its colour
MIN_PART = 0.03  # share of the skin below which a part is a speck

# The network's score from which a face counts as covered by a mask: three real masks score 0.998 and more, two of
# 267 bare selfies 0.94 and 0.98. Nose, mouth and chin are about half of a face.
SURE_OF_MASK, BEHIND_MASK = 0.99, 0.5

Mask = NDArray[np.bool_]
Lab = NDArray[np.float32]


def covered(image: Image, five: Points, landmarks: Points) -> float:
    """Share (0..1) of the face below the eyes that something hides, from 5 and from 68 landmarks in the image."""
    matrix = crop_matrix(five, SIDE, MARGIN)
    crop = cv2.bilateralFilter(warp(image, matrix, SIDE), 7, 25, 4)
    lab = np.asarray(cv2.cvtColor(crop.astype(np.float32) / 255, cv2.COLOR_RGB2Lab), np.float32)
    points = transform(matrix, landmarks)
    skin = bare(points)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(smooth(lab, skin).astype(np.uint8), connectivity=4)
    areas = stats[1:, cv2.CC_STAT_AREA]
    parts = [1 + part for part in np.argsort(-areas, kind="stable") if areas[part] >= MIN_PART * skin.sum()]
    colours = [np.median(lab[labels == part], axis=0) for part in parts]
    things = [part for part, colour in zip(parts, colours, strict=True) if another(colours[0], colour)]
    return float(np.isin(labels, things).sum()) / max(1, int(skin.sum()))


def masked(session: ort.InferenceSession, image: Image, five: Points) -> bool:
    """Whether the mask network is sure of a mask on the face with these 5 landmarks."""
    worn, score = mask(session, image, five)
    return worn == "mask" and score >= SURE_OF_MASK


def another(skin: Lab, part: Lab) -> bool:
    """Whether two colours (Lab) differ as two things do, not as light and shade on one."""
    light, colour = abs(float(part[0] - skin[0])), float(np.hypot(part[1] - skin[1], part[2] - skin[2]))
    return max(part[0], skin[0]) < MAX_LIGHT and colour > max(MIN_COLOUR, light)


def bare(points: Points) -> Mask:
    """The pixels inside jaw and nose bridge that are skin on any face: no eyes, nostrils, lips."""
    face = _filled(np.vstack([points[1:16], points[[28]]]))
    features = [points[36:42], points[42:48], points[31:36], points[48:60]]
    holes = np.any([_filled(feature) for feature in features], axis=0)
    return _morphed(cv2.MORPH_ERODE, face, 7) & ~_morphed(cv2.MORPH_DILATE, holes, 7)


def smooth(lab: Lab, skin: Mask) -> Mask:
    """The skin without its edges."""
    across = np.linalg.norm(np.diff(lab, axis=1, append=lab[:, -1:]), axis=2)
    down = np.linalg.norm(np.diff(lab, axis=0, append=lab[-1:]), axis=2)
    gradient = np.hypot(across, down)
    median = float(np.median(gradient[skin])) if skin.any() else 0.0
    return skin & ~_morphed(cv2.MORPH_DILATE, gradient > max(MIN_EDGE, 4 * median), 3)


def _filled(outline: Points) -> Mask:
    canvas = np.zeros((SIDE, SIDE), np.uint8)
    cv2.fillPoly(canvas, [np.rint(outline).astype(np.int32)], (1,))
    return np.asarray(canvas > 0)


def _morphed(operation: int, mask: Mask, size: int) -> Mask:
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    return np.asarray(cv2.morphologyEx(mask.astype(np.uint8), operation, kernel) > 0)
