from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tasks.core.image import Image
from tasks.faces.backend import Embedding
from tasks.faces.geometry import Points
from tasks.scores import identity


class Cosine:
    """An encoder whose embeddings are given; only its similarity is asked for."""

    name, digest, same = "cosine", "", 0.4
    path: Path | None = None

    def embed(self, image: Image, landmarks: Points) -> Embedding:
        raise NotImplementedError(f"no picture of {image.shape} with {len(landmarks)} landmarks is embedded here")

    def similarity(self, a: Embedding, b: Embedding) -> NDArray[np.float32]:
        unit_a, unit_b = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (a, b))
        return np.asarray(unit_a @ unit_b.T, np.float32)


def test_similarities_equal_one_minus_scipys_cosine_distance() -> None:
    from scipy.spatial.distance import cosine

    a, b = np.random.default_rng(0).normal(size=(2, 20, 64)).astype(np.float32)
    expected = [1 - cosine(x, y) for x, y in zip(a, b, strict=True)]
    np.testing.assert_allclose(identity.similarities(Cosine(), a, b), expected, atol=1e-6)


def test_similarities_refuse_sets_of_different_shape() -> None:
    with pytest.raises(ValueError, match="same n x d"):
        identity.similarities(Cosine(), np.ones((2, 4), np.float32), np.ones((3, 4), np.float32))


def test_strangers_are_the_pairs_of_different_people_only() -> None:
    faces = np.array([[1, 0], [2, 0], [0, 1]], np.float32)
    people = np.array(["anna", "anna", "ben"])
    assert identity.strangers(Cosine(), faces, people).tolist() == [0.0, 0.0]


def test_the_threshold_itself_counts_as_the_same_person() -> None:
    assert identity.recognised(np.array([0.5, 0.4, 0.39, 0.6]), 0.4).tolist() == [1, 1, 0, 1]
