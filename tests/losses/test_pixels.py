from collections.abc import Callable

import numpy as np
import pytest
import torch
from skimage.metrics import structural_similarity

from tasks.losses import pixels as losses

Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


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
def test_a_pixel_loss_is_zero_for_equals_and_grows_with_the_difference(loss: Loss) -> None:
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
