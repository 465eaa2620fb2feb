"""One crop geometry for every size, the 112-pixel ArcFace crop, and warping without aliasing.

Points are (x, y) with pixel centres at integers. A matrix is 2 x 3 float64 and maps source points to crop points.
"""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from tasks.core.image import Image

Matrix = NDArray[np.float64]
Points = NDArray[np.float64]

# The 112 x 112 template of ArcFace (Deng et al., 2019), as insightface's face_align has it.
ARC_SIZE = 112
ARC_TEMPLATE: Points = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]
)


def crop_matrix(landmarks: Points, size: int, margin: float = 1.0) -> Matrix:
    """The upright square around a whole head, source to crop, from 5 landmarks.

    The frame's edges are the crop's outer edges, so the crops of two sizes show exactly the same picture. Raises
    ValueError when the landmarks fall on one point.
    """
    centre, axis, half = frames(landmarks, margin)
    if not half > 1e-6:
        raise ValueError(f"five landmarks at one point give no crop: {landmarks.tolist()}")
    cos, sin = axis
    turn = size / (2.0 * half) * np.array([[cos, sin], [-sin, cos]])
    shift = (size - 1) / 2.0 - turn @ centre
    return np.hstack([turn, shift[:, None]])


def frames(landmarks: Points, margin: float = 1.0) -> tuple[Points, Points, Points]:
    """Centre (... x 2), axis to the right (... x 2, of length 1) and half side (...) of heads, from ... x 5 x 2 points.

    FFHQ's quad (Karras et al., A Style-Based Generator Architecture, 2019, appendix): the centre a tenth of the way
    from the eyes to the mouth, the half side the larger of 2 eye distances and 1.8 eye-to-mouth distances. `margin`
    scales the half side: 1 is FFHQ's; 0.8 still holds chin and brow, for collections cut so close that 1 leaves the
    picture. The half side is 0 where the landmarks have no direction.
    """
    left, right, _, *corners = (landmarks[..., point, :] for point in range(5))
    eyes, across = (left + right) / 2.0, right - left
    down = (corners[0] + corners[1]) / 2.0 - eyes
    axis = across + np.stack([down[..., 1], -down[..., 0]], axis=-1)
    length = np.hypot(axis[..., 0], axis[..., 1])
    widths = 2.0 * np.hypot(across[..., 0], across[..., 1]), 1.8 * np.hypot(down[..., 0], down[..., 1])
    half = np.where(length > 1e-6, margin * np.maximum(*widths), 0.0)
    return eyes + 0.1 * down, axis / np.maximum(length, 1e-6)[..., None], half


def arc_matrix(landmarks: Points) -> Matrix:
    """Source to the 112 x 112 crop on which face recognition networks are trained: for embeddings only."""
    return similarity_matrix(landmarks, ARC_TEMPLATE)


def similarity_matrix(source: Points, target: Points) -> Matrix:
    """Rotation, scale and shift that bring n x 2 source points nearest to the target (Umeyama, PAMI 1991).

    Raises ValueError when the source points coincide.
    """
    from_mean, to_mean = source.mean(axis=0), target.mean(axis=0)
    centred = source - from_mean
    variance = float((centred**2).sum()) / len(source)
    if not variance > 1e-9:
        raise ValueError(f"points that coincide have no alignment: {source.tolist()}")
    u, spread, vt = np.linalg.svd((target - to_mean).T @ centred / len(source))
    signs = np.array([1.0, math.copysign(1.0, np.linalg.det(u) * np.linalg.det(vt))])
    turn = (u * signs) @ vt * (float(spread @ signs) / variance)
    return np.hstack([turn, (to_mean - turn @ from_mean)[:, None]])


def transform(matrix: Matrix, points: Points) -> Points:
    """Source points (n x 2) in the crop."""
    return np.asarray(points, np.float64) @ matrix[:, :2].T + matrix[:, 2]


def invert(matrix: Matrix) -> Matrix:
    """Crop to source."""
    back = np.linalg.inv(matrix[:, :2])
    return np.hstack([back, (-back @ matrix[:, 2])[:, None]])


def compose(first: Matrix, second: Matrix) -> Matrix:
    """The matrix that does `first` and then `second`."""
    return np.hstack([second[:, :2] @ first[:, :2], (second[:, :2] @ first[:, 2] + second[:, 2])[:, None]])


def resized(factor: float) -> Matrix:
    """What enlarging a picture `factor` times does to its points: outer edges, not pixel centres, are what scales."""
    shift = 0.5 * factor - 0.5
    return np.array([[factor, 0.0, shift], [0.0, factor, shift]])


def zoom(matrix: Matrix) -> float:
    """Crop pixels per source pixel."""
    return math.sqrt(abs(float(np.linalg.det(matrix[:, :2]))))


def warp(image: Image, matrix: Matrix, size: int) -> Image:
    """The size x size crop; what lies outside the image is its reflection.

    Enlarging is bicubic. Reducing never drops pixels: a much larger source is first averaged by a power of two, then
    sampled at a whole multiple of the crop, which is averaged.
    """
    halvings = max(0, math.floor(-math.log2(zoom(matrix))) - 1)
    image, matrix = _reduced(image, matrix, 2**halvings)
    times = max(1, math.ceil(1.0 / zoom(matrix) - 1e-6))
    fine = _sampled(image, compose(matrix, resized(times)), size * times)
    return fine if times == 1 else np.asarray(cv2.resize(fine, (size, size), interpolation=cv2.INTER_AREA), np.uint8)


def _sampled(image: Image, matrix: Matrix, size: int) -> Image:
    """The size x size crop, bicubic, with the reflection laid around the image before.

    OpenCV would look up each sample beyond the border by itself, which takes several times as long as one inside.
    """
    height, width = image.shape[:2]
    back = np.asarray(cv2.invertAffineTransform(matrix), np.float64)
    corners = transform(back, np.array([[x, y] for x in (0.0, size - 1) for y in (0.0, size - 1)]))
    first, last = np.floor(corners.min(axis=0)) - 2, np.ceil(corners.max(axis=0)) + 2  # bicubic: 4 x 4 pixels
    left, top = (int(-value) for value in np.minimum(first, 0))
    right, bottom = (int(value) for value in np.maximum(last - [width - 1, height - 1], 0))
    padded = cv2.copyMakeBorder(image, top, bottom, left, right, cv2.BORDER_REFLECT)
    back[:, 2] += left, top
    how = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(padded, back, (size, size), flags=how, borderMode=cv2.BORDER_REFLECT), np.uint8)


def _reduced(image: Image, matrix: Matrix, factor: int) -> tuple[Image, Matrix]:
    """The image averaged over factor x factor pixels, and the matrix that fits it."""
    if factor <= 1:
        return image, matrix
    height, width = image.shape[:2]
    wide, high = -(-width // factor), -(-height // factor)
    bottom, right = high * factor - height, wide * factor - width
    padded = cv2.copyMakeBorder(image, 0, bottom, 0, right, cv2.BORDER_REFLECT)
    small = cv2.resize(padded, (wide, high), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8), compose(resized(factor), matrix)


def outside(landmarks: Points, width: Points, height: Points, margin: float = 1.0) -> Points:
    """Share (n, 0..1) of the crops around n x 5 x 2 landmarks that shows nothing of their width x height pictures.

    By Green's theorem the area inside is the sum over the crop's four edges of the integral of x dy, with x and y held
    at the picture's borders: what lies beyond collapses onto them and encloses nothing.
    """
    centre, axis, half = frames(landmarks, margin)
    reach = half * np.abs(axis).sum(axis=-1)  # of the upright square around the crop
    (x, y), sides = centre.T + 0.5, (width, height)
    beyond = [(at < reach) | (at > side - reach) for at, side in zip((x, y), sides, strict=True)]
    part = np.flatnonzero((beyond[0] | beyond[1]) & (half > 0))  # most crops lie inside, and cost nothing
    across = half[part, None] * axis[part]
    down = across[:, ::-1] * [-1, 1]
    corners = np.stack([-across - down, across - down, across + down, down - across], axis=1) + centre[part, None] + 0.5
    inside = _area_within(corners[..., 0], corners[..., 1], width[part], height[part])
    share = np.where(half > 0, 0.0, 1.0)
    share[part] = np.clip(1.0 - inside / (2.0 * half[part]) ** 2, 0.0, 1.0)
    return share


def _area_within(x: Points, y: Points, width: Points, height: Points) -> Points:
    """Area (n) of n polygons of k corners (n x k, clockwise in the image) within 0..width x 0..height."""
    wide, high = width[:, None], height[:, None]
    dx, dy = np.roll(x, -1, axis=1) - x, np.roll(y, -1, axis=1) - y
    slope = dx / np.where(np.abs(dy) > 1e-9, dy, np.inf)
    start, end = np.clip(y, 0.0, high), np.clip(y + dy, 0.0, high)
    left, right = x + slope * (start - y), x + slope * (end - y)
    step = right - left
    level = np.abs(step) < 1e-3
    mean = (_ramp(right, wide) - _ramp(left, wide)) / np.where(level, 1.0, step)
    mean = np.where(level, np.clip((left + right) / 2.0, 0.0, wide), mean)
    return np.asarray((mean * (end - start)).sum(axis=1))


def _ramp(x: Points, width: Points) -> Points:
    """The integral from 0 to x of a value that is held between 0 and width."""
    held = np.clip(x, 0.0, width)
    return np.asarray(held * (held / 2.0 + np.maximum(x - width, 0.0)))
