"""Did the skin change colour? The shift of the mean skin colour in the a, b plane of CIE Lab."""

import numpy as np

from tasks.core.image import Image
from tasks.faces.geometry import Points
from tasks.faces.skin import mean_colour, skin_mask


def chroma_shift(photo: Image, output: Image, points: Points) -> float:
    """sqrt(da^2 + db^2) of the mean skin colours of two pictures of one size; 0 is unchanged, 2.3 just noticeable.

    The region comes from the photo's 68 landmarks and is the same in both pictures. Lightness is left out: a style
    may flatten light and shadow, but not a person's complexion. NaN where the landmarks lie outside the picture.
    CIE 15:2004, section 8.2.
    """
    if photo.shape != output.shape:
        raise ValueError(f"pictures of {photo.shape} and {output.shape}; both must have one size")
    mask = skin_mask(points, *photo.shape[:2])
    if not mask.any():
        return float("nan")
    return float(np.linalg.norm((mean_colour(output, mask) - mean_colour(photo, mask))[1:]))
