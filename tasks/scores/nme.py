"""Did the face keep its shape? The normalised mean error of 68 landmarks."""

import numpy as np
from numpy.typing import NDArray

from tasks.faces.geometry import Points

INNER = slice(17, 68)  # brows, nose, eyes, mouth; the jaw line is where a stylised outline is least defined
EYE_CORNERS = (36, 45)  # the outer ones, in the 68-point order of Multi-PIE and 300-W


def inter_ocular(points: Points) -> float:
    """The distance of the outer eye corners in pixels; `points` is 68 x 2."""
    left, right = EYE_CORNERS
    return float(np.linalg.norm(np.asarray(points, np.float64)[left] - np.asarray(points, np.float64)[right]))


def nme(reference: Points, measured: Points) -> float:
    """mean_i |measured_i - reference_i| / inter_ocular(reference) over the inner points 17..67; 0 is unchanged.

    Both are 68 x 2 pixels in one picture's coordinates. Raises ValueError when the eyes of the reference coincide.
    Sagonas, Tzimiropoulos, Zafeiriou, Pantic: "300 Faces in-the-Wild Challenge" (ICCVW 2013).
    """
    if np.shape(reference) != (68, 2) or np.shape(measured) != (68, 2):
        raise ValueError(f"landmarks of shape {np.shape(reference)} and {np.shape(measured)}; both must be 68 x 2")
    scale = inter_ocular(reference)
    if scale == 0:
        raise ValueError("the outer eye corners of the reference coincide; there is no scale to divide by")
    gap = np.asarray(measured, np.float64)[INNER] - np.asarray(reference, np.float64)[INNER]
    return float(np.linalg.norm(gap, axis=1).mean() / scale)


def deformed(errors: NDArray[np.float64], limit: float) -> NDArray[np.float64]:
    """1 where a normalised mean error exceeds the limit, else 0; 0.08 is where 300-W counts a fit as failed."""
    return (errors > limit).astype(np.float64)
