"""One palette for drawings of many hands: each channel's histogram is brought to the mean one of the set."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from tasks.core.image import Image

Cumulative = NDArray[np.float64]  # 3 x 256: for R, G, B the share of pixels at or below each level


def cumulative(image: Image) -> Cumulative:
    """The picture's cumulative histograms."""
    counts = [np.bincount(image[..., channel].ravel(), minlength=256) for channel in range(3)]
    return np.asarray(np.cumsum(counts, axis=1) / (image.shape[0] * image.shape[1]))


def mean(images: Iterable[Image]) -> Cumulative | None:
    """The mean of the pictures' cumulative histograms, each picture counting the same; None without pictures."""
    total, count = np.zeros((3, 256)), 0
    for image in images:
        total, count = total + cumulative(image), count + 1
    return total / count if count else None


def matched(image: Image, reference: Cumulative) -> Image:
    """The picture with histograms as near to the reference as a change of levels brings them.

    Gonzalez and Woods, Digital Image Processing, section 3.3.3; with one picture's histograms as the reference it is
    scikit-image's match_histograms.
    """
    channels = []
    for channel, (own, wanted) in enumerate(zip(cumulative(image), reference, strict=True)):
        there = np.flatnonzero(np.diff(wanted, prepend=0.0) > 0)
        levels = np.interp(own, wanted[there], there)
        channels.append(np.rint(levels).astype(np.uint8)[image[..., channel]])
    return np.stack(channels, axis=-1)
