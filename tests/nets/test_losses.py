import numpy as np
import pytest
import torch
from skimage.metrics import structural_similarity

from tasks.nets import losses
from tasks.nets.discriminator import Discriminator


def pictures(seed: int, count: int = 2, side: int = 32) -> torch.Tensor:
    return torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def test_ssim_equals_the_reference() -> None:
    a = pictures(0)
    b = (a + 0.4 * pictures(1)).clamp(-1, 1)
    expected = [
        structural_similarity(  # type: ignore[no-untyped-call]
            x.numpy(), y.numpy(), channel_axis=0, data_range=2, gaussian_weights=True, sigma=1.5,
            use_sample_covariance=False,
        )
        for x, y in zip(a.double(), b.double(), strict=True)
    ]  # fmt: skip
    np.testing.assert_allclose(losses.ssim(a.double(), b.double()).numpy(), expected, atol=2e-3)


@pytest.mark.parametrize("loss", [losses.l1, losses.colour, losses.gradient_l1, lambda a, b: 1 - losses.ssim(a, b)])
def test_a_pixel_loss_is_zero_for_equals_and_grows_with_the_difference(loss: losses.Loss) -> None:
    a, noise = pictures(2), pictures(3)
    values = [loss(a, a + amount * noise) for amount in (0.0, 0.1, 0.3)]
    torch.testing.assert_close(values[0], torch.zeros(2), atol=1e-5, rtol=0)
    assert (values[0] < values[1]).all() and (values[1] < values[2]).all()


def test_the_gradient_loss_sees_no_difference_of_colour_alone() -> None:
    a = pictures(4)
    assert losses.gradient_l1(a, a + 0.5).max() < 1e-5


def test_the_colour_loss_sees_no_difference_of_light_alone() -> None:
    a = pictures(8)
    assert losses.colour(a, a + 0.5).max() < 1e-5
    assert losses.colour(a, a + torch.tensor([0.5, 0.0, 0.0])[:, None, None]).min() > 0.1


def test_feature_distance_is_one_value_per_picture() -> None:
    _, a = Discriminator()(pictures(5))
    _, b = Discriminator()(pictures(6))
    assert losses.feature_distance(a, b).shape == (2,)
    assert losses.feature_distance(a, a).max() == 0


def test_the_adversarial_losses_pull_opposite_ways() -> None:
    sure, unsure = torch.full((1, 1, 2, 2), 2.0), torch.zeros(1, 1, 2, 2)
    assert losses.hinge_discriminator(sure, -sure) == 0
    assert losses.hinge_discriminator(unsure, unsure) == 2
    assert losses.hinge_generator(sure) < losses.hinge_generator(unsure)


def test_the_identity_hinge_stops_at_its_margin() -> None:
    a = torch.eye(2)
    b = torch.nn.functional.normalize(a + torch.tensor([[0.0, 0.2], [2.0, 0.0]]))
    assert losses.hinge_cosine(a, b, 0.9)[0] == 0
    assert losses.hinge_cosine(a, b, 0.9)[1] == pytest.approx(0.9 - float(b[1, 1]))


@pytest.mark.parametrize(("side", "patches"), [(32, 6), (64, 14), (128, 30)])
def test_the_discriminator_judges_patches_with_bounded_weights(side: int, patches: int) -> None:
    scores, features = Discriminator()(pictures(7, side=side))
    assert scores.shape == (2, 1, patches, patches)
    assert len(features) == 3
