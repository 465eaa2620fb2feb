"""Is it still the same person? Similarities of face embeddings, and the share above a person-or-not threshold."""

import numpy as np
from numpy.typing import NDArray

from tasks.faces.backend import Embedding, Encoder


def similarities(encoder: Encoder, photos: Embedding, outputs: Embedding) -> NDArray[np.float64]:
    """Row by row how alike photo and output are (both n x d): 1 for the same picture, about 0 for strangers.

    For a recognition network that is the cosine a.b / (|a| |b|) of Deng, Guo, Xue, Zafeiriou: "ArcFace: Additive
    Angular Margin Loss for Deep Face Recognition" (CVPR 2019).
    """
    if photos.shape != outputs.shape or photos.ndim != 2:
        raise ValueError(f"embeddings of shape {photos.shape} and {outputs.shape}; both must be the same n x d")
    pairs = zip(photos, outputs, strict=True)
    return np.array([encoder.similarity(a[None], b[None])[0, 0] for a, b in pairs], np.float64)


def strangers(encoder: Encoder, photos: Embedding, people: NDArray[np.str_]) -> NDArray[np.float64]:
    """The similarities of all pairs of photos (n x d) of two different people.

    A threshold means nothing without them: encoders differ, and one encoder differs by group of people.
    """
    first, second = np.triu_indices(len(photos), k=1)
    apart = people[first] != people[second]
    return np.asarray(encoder.similarity(photos, photos)[first[apart], second[apart]], np.float64)


def recognised(similarity: NDArray[np.float64], threshold: float) -> NDArray[np.float64]:
    """1 where a similarity is at or above the threshold, so that the encoder says "the same person", else 0."""
    return (similarity >= threshold).astype(np.float64)
