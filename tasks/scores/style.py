"""The scale on which the style descriptor's columns compare: shares, moments and contrasts have scales of their own."""

import numpy as np
from numpy.typing import NDArray

SPREADS = 3.0


def standardised(style: NDArray[np.float64], *others: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    """All sets on the scale of the style set, whose mean is 0 and spread 1 in every column.

    Beyond three spreads a picture is simply not of that style: how far is cut off, lest one column be the whole sum.
    """
    centre, spread = style.mean(axis=0), style.std(axis=0)
    scale = np.maximum(spread, 0.02)  # a column in which the style never varies must not drown the rest
    return tuple(np.clip((rows - centre) / scale, -SPREADS, SPREADS) for rows in (style, *others))
