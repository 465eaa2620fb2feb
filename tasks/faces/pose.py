"""How a head is turned, and how far eyes and mouth are open, from 68 landmarks.

yaw > 0: the face is turned to the image's right. pitch > 0: it looks up. roll > 0: the head is tilted clockwise in the
image (the eye on the image's right is lower). All in degrees, 0 for a face straight into the camera.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from tasks.faces.geometry import Points

# The anthropometric head of Martins and Batista (University of Coimbra, glAnthropometric3DModel), in centimetres:
# x to the image's right, y up, z towards the camera.
_HEAD = {
    17: (-6.825897, 6.760612, 4.402142),
    21: (-1.330353, 7.122144, 6.903745),
    22: (1.330353, 7.122144, 6.903745),
    26: (6.825897, 6.760612, 4.402142),
    36: (-5.311432, 5.485328, 3.987654),
    39: (-1.789930, 5.393625, 4.413414),
    42: (1.789930, 5.393625, 4.413414),
    45: (5.311432, 5.485328, 3.987654),
    31: (-2.005628, 1.409845, 6.165652),
    35: (2.005628, 1.409845, 6.165652),
    48: (-2.774015, -2.080775, 5.048531),
    54: (2.774015, -2.080775, 5.048531),
    57: (0.0, -3.116408, 6.097667),
    8: (0.0, -7.415691, 4.070434),
}
_POINTS = list(_HEAD)
_MODEL = np.array([_HEAD[point] for point in _POINTS])
_TO_CAMERA = np.diag([1.0, -1.0, -1.0])


def angles(landmarks: Points, shape: Sequence[int]) -> tuple[float, float, float]:
    """Yaw, pitch, roll in degrees from 68 x 2 landmarks in an image of that shape (height, width, ...)."""
    turn = _TO_CAMERA @ _rotation(landmarks, shape[0], shape[1])
    yaw = np.arctan2(turn[0, 2], turn[2, 2])
    pitch = np.arcsin(np.clip(turn[1, 2], -1.0, 1.0))
    roll = np.arctan2(-turn[1, 0], turn[1, 1])
    return float(np.degrees(yaw)), float(np.degrees(pitch)), float(np.degrees(roll))


def _rotation(landmarks: Points, height: int, width: int) -> Points:
    """Head to camera, 3 x 3, for a camera whose focal length is the image's long side (a view of 53 degrees)."""
    focal = float(max(height, width))
    camera = np.array([[focal, 0, (width - 1) / 2], [0, focal, (height - 1) / 2], [0, 0, 1]])
    # Starting upright in front of the camera keeps the solver from the mirrored solution behind it.
    start, _ = cv2.Rodrigues(_TO_CAMERA)
    far = np.array([[0.0], [0.0], [focal * 15.0 / max(1.0, float(np.ptp(landmarks[:, 1])))]])
    _, turn, _ = cv2.solvePnP(_MODEL, landmarks[_POINTS], camera, np.zeros(4), start, far, useExtrinsicGuess=True)
    return np.asarray(cv2.Rodrigues(turn)[0], np.float64)


def eyes_open(landmarks: Points) -> float:
    """Eye aspect ratio (Soukupova and Cech, 2016), mean of both eyes: about 0.3 open, below 0.2 closed."""
    return (_eye(landmarks[36:42]) + _eye(landmarks[42:48])) / 2


def mouth_open(landmarks: Points) -> float:
    """Height of the gap between the lips over the mouth's inner width: 0 closed, above 0.3 open."""
    inner = landmarks[60:68]
    heights = [np.hypot(*(inner[top] - inner[bottom])) for top, bottom in ((1, 7), (2, 6), (3, 5))]
    return float(np.mean(heights)) / max(1e-6, float(np.hypot(*(inner[4] - inner[0]))))


def _eye(eye: Points) -> float:
    lids = np.hypot(*(eye[1] - eye[5])) + np.hypot(*(eye[2] - eye[4]))
    return float(lids) / max(1e-6, 2.0 * float(np.hypot(*(eye[3] - eye[0]))))
