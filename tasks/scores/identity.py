"""Is it still the same person? Similarities of face embeddings, and the share above a person-or-not threshold."""

import numpy as np
from numpy.typing import NDArray


def cosine(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.float64]:
    """Row by row a.b / (|a| |b|), -1..1, of two n x d sets of embeddings; 0 where a row is all zero.

    Deng, Guo, Xue, Zafeiriou: "ArcFace: Additive Angular Margin Loss for Deep Face Recognition" (CVPR 2019).
    """
    a, b = np.asarray(first, np.float64), np.asarray(second, np.float64)
    if a.shape != b.shape or a.ndim != 2:
        raise ValueError(f"embeddings of shape {a.shape} and {b.shape}; both must be the same n x d")
    length = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return np.asarray(np.einsum("nd,nd->n", a, b) / np.where(length > 0, length, 1.0), np.float64)


def impostors(embeddings: NDArray[np.float32], people: NDArray[np.str_]) -> NDArray[np.float64]:
    """The cosines of all pairs of faces of two different people: what "a stranger" scores on this encoder.

    A threshold means nothing without them: encoders differ, and one encoder differs by group of people.
    """
    normed = np.asarray(embeddings, np.float64)
    length = np.linalg.norm(normed, axis=1, keepdims=True)
    normed = normed / np.where(length > 0, length, 1.0)
    first, second = np.triu_indices(len(normed), k=1)
    strangers = people[first] != people[second]
    return np.asarray(np.einsum("nd,nd->n", normed[first[strangers]], normed[second[strangers]]), np.float64)


def same_share(similarity: NDArray[np.float64], threshold: float) -> float:
    """The share (0..1) of similarities at or above the threshold; NaN for none."""
    return float(np.mean(similarity >= threshold)) if len(similarity) else float("nan")
