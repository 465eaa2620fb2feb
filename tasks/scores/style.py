"""Does it look like the style set? A hand-made description of a picture's colours and strokes, for kernel_distance.

The distance over it is *not* the KID of the literature: that one takes its features from an Inception network, whose
weights are not part of this project. The estimator is the same; the features are colour and stroke statistics. Its
values compare with each other only. Any `Features` may take the place of `descriptor`, an Inception network too.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from tasks.core.image import Image
from tasks.core.style import descriptor

Features = Callable[[Image], NDArray[np.float64]]

SPREADS = 3.0


def features(images: Sequence[Image], describe: Features = descriptor) -> NDArray[np.float64]:
    """One row per picture, n x d."""
    return np.stack([describe(image) for image in images])


def standardised(style: NDArray[np.float64], *others: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    """All sets on the scale of the style set, whose mean is 0 and spread 1 in every column.

    Beyond three spreads a picture is simply not of that style: how far is cut off, lest one column be the whole sum.
    """
    centre, spread = style.mean(axis=0), style.std(axis=0)
    scale = np.maximum(spread, 0.02)  # a column in which the style never varies must not drown the rest
    return tuple(np.clip((rows - centre) / scale, -SPREADS, SPREADS) for rows in (style, *others))
