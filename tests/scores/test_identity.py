import numpy as np
import pytest

from tasks.scores import identity


def test_cosine_equals_one_minus_scipys_cosine_distance() -> None:
    from scipy.spatial.distance import cosine

    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 20, 64)).astype(np.float32)
    expected = [1 - cosine(x, y) for x, y in zip(a, b, strict=True)]
    np.testing.assert_allclose(identity.cosine(a, b), expected, atol=1e-6)


def test_cosine_of_a_missing_embedding_is_zero() -> None:
    assert identity.cosine(np.zeros((1, 4), np.float32), np.ones((1, 4), np.float32)).tolist() == [0.0]


def test_cosine_refuses_sets_of_different_shape() -> None:
    with pytest.raises(ValueError, match="same n x d"):
        identity.cosine(np.ones((2, 4), np.float32), np.ones((3, 4), np.float32))


def test_impostors_are_the_pairs_of_different_people_only() -> None:
    faces = np.array([[1, 0], [2, 0], [0, 1]], np.float32)
    people = np.array(["anna", "anna", "ben"])
    assert identity.impostors(faces, people).tolist() == [0.0, 0.0]


@pytest.mark.parametrize(("similarity", "share"), [([0.5, 0.4, 0.6, 0.3], 0.75), ([0.1], 0.0), ([0.4], 1.0)])
def test_same_share_counts_the_threshold_itself_as_the_same_person(similarity: list[float], share: float) -> None:
    assert identity.same_share(np.array(similarity), 0.4) == share


def test_same_share_of_nothing_is_not_a_number() -> None:
    assert np.isnan(identity.same_share(np.array([]), 0.4))
