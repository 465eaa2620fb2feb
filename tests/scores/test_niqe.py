from pathlib import Path

import numpy as np
import pytest

from tasks.core.errors import UserError
from tasks.core.image import Image
from tasks.scores.niqe import BLOCK, Pristine, described, find_pristine, fitted, load_pristine, niqe
from tests.scores.pictures import photo, plain, spoiled

# The formula of BasicSR (basicsr/metrics/niqe.py) in float64, on luma and with MATLAB's bicubic half size. It looks for
# the shape of a distribution on a grid of 0.001, so it is itself only that exact.
BASICSR = {"noise": 9.8249, "blur": 9.7287}


@pytest.fixture
def published(models_dir: Path) -> Pristine:
    return load_pristine(models_dir / "niqe_pris_params.npz")


def grain(seed: int) -> Image:
    return np.random.default_rng(seed).integers(0, 256, (2 * BLOCK, 2 * BLOCK, 3), np.uint8)


@pytest.mark.parametrize(("how", "expected"), BASICSR.items())
def test_the_value_is_the_one_of_basicsr(published: Pristine, how: str, expected: float) -> None:
    assert niqe(spoiled(how), published) == pytest.approx(expected, abs=0.01)


def test_a_clean_photo_scores_as_basicsr_says_and_better_than_a_spoiled_one(published: Pristine) -> None:
    assert niqe(photo(), published) == pytest.approx(5.1760, abs=0.01)
    assert niqe(photo(), published) < min(BASICSR.values())


def test_the_published_parameters_are_found_in_a_models_folder(published: Pristine) -> None:
    found = find_pristine("commercial")
    assert found is not None
    np.testing.assert_array_equal(found.mean, published.mean)


def test_the_distance_is_mahalanobis_s_with_both_covariances_averaged() -> None:
    rows, _ = described(photo())
    far = Pristine(rows.mean(axis=0) + 2, 2 * np.eye(36) - np.cov(rows, rowvar=False))
    assert niqe(photo(), far) == pytest.approx(np.sqrt(36 * 4))


def test_normal_noise_has_the_shape_of_the_normal_distribution() -> None:
    """Averaged away by the local mean and deviation, noise of any strength stays normal: shape 2, width about 1."""
    noise = np.random.default_rng(0).normal(128, 25, (8 * BLOCK, 8 * BLOCK, 1)).clip(0, 255).astype(np.uint8)
    rows, _ = described(np.repeat(noise, 3, axis=2))
    shape, width = rows[:, :2].mean(axis=0)
    assert 2 < shape < 3.5
    assert 1 < width < 1.6


@pytest.mark.parametrize(
    "picture",
    [
        plain(90, 256),
        plain(0, 256),
        photo()[:95, :95],
        photo()[:96, :96],
        np.vstack([photo()[:96], plain(7, 256)])[:, :96],
    ],
    ids=["flat", "black", "no block", "one block", "one block with contrast"],
)
def test_fewer_than_two_blocks_with_contrast_have_no_score(picture: Image) -> None:
    assert np.isnan(niqe(picture, Pristine(np.zeros(36), np.eye(36))))


def test_a_style_set_is_the_measure_of_its_own_pictures() -> None:
    own = fitted([grain(seed) for seed in range(16)])
    assert niqe(grain(99), own) < niqe(spoiled("blur"), own)


def test_only_the_sharp_blocks_of_a_picture_teach() -> None:
    half_flat = [np.hstack([grain(seed), grain(seed) // 8]).astype(np.uint8) for seed in range(16)]
    sharp = fitted([grain(seed) for seed in range(16)])
    np.testing.assert_allclose(fitted(half_flat).mean, sharp.mean, atol=0.1)


def test_too_few_blocks_to_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="2 pictures have 8 sharp blocks of 96 pixels; give more than 36"):
        fitted([grain(0), grain(1)])


def test_a_file_without_the_parameters_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", mean=np.zeros(3))
    (tmp_path / "text.npz").write_text("text")
    for name in ("other", "text"):
        with pytest.raises(UserError, match=rf"{name}\.npz holds no parameters of NIQE"):
            load_pristine(tmp_path / f"{name}.npz")
