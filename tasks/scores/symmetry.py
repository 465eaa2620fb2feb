"""Did left and right drift apart? The asymmetry of 68 landmarks, of the output beside the photo's."""

import numpy as np
from numpy.typing import NDArray

from tasks.faces.geometry import Points, similarity_matrix, transform
from tasks.scores.nme import INNER, inter_ocular

_TWINS = [
    *range(16, -1, -1),  # jaw
    *range(26, 16, -1),  # brows
    *range(27, 31),  # bridge of the nose
    *range(35, 30, -1),  # nostrils
    *(45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40),  # eyes
    *range(54, 47, -1),  # upper outer lip
    *range(59, 54, -1),  # lower outer lip
    *range(64, 59, -1),  # upper inner lip
    *range(67, 64, -1),  # lower inner lip
]


def twins(points: Points) -> NDArray[np.float64]:
    """The 68 x 2 landmarks seen in a mirror, in the order of the unmirrored ones: left eye for right eye and so on."""
    mirrored = np.asarray(points, np.float64)[_TWINS]
    return np.asarray(mirrored * np.array([-1.0, 1.0]), np.float64)


def asymmetry(points: Points) -> float:
    """mean_i |p_i - q_i| / (2 inter_ocular) over the inner points, q the mirrored face laid over p; 0 is symmetric.

    Half the gap to the mirror twin is each point's own distance from the symmetric shape. A turned head is
    asymmetric too, so the value means something beside that of the same face only.
    Klingenberg, Barluenga, Meyer: "Shape analysis of symmetric structures" (Evolution 2002).
    """
    if np.shape(points) != (68, 2):
        raise ValueError(f"landmarks of shape {np.shape(points)}; they must be 68 x 2")
    inner = np.asarray(points, np.float64)[INNER]
    mirrored = twins(points)[INNER]
    gap = inner - transform(similarity_matrix(mirrored, inner), mirrored)
    return float(np.linalg.norm(gap, axis=1).mean() / (2 * inter_ocular(points)))


def symmetry_change(photo: Points, output: Points) -> float:
    """|asymmetry(output) - asymmetry(photo)|: 0 where the face is exactly as crooked, or as even, as it was."""
    return abs(asymmetry(output) - asymmetry(photo))
