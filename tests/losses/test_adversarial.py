import pytest
import torch
from torch import Tensor

from tasks.losses.adversarial import gradient_penalty, hinge_critic, hinge_generator, least_squares
from tasks.nets.discriminator import Discriminator


def _scores(*values: float) -> Tensor:
    return torch.tensor(values)[:, None, None, None].expand(-1, 1, 3, 3)


@pytest.mark.parametrize(
    ("scores", "wanted", "expected"),
    [((1.0, 0.0, -1.0), 1, [0.0, 1.0, 4.0]), ((1.0, 0.0, -1.0), 0, [1.0, 0.0, 1.0])],
    ids=["real, or what a generator wants", "drawn"],
)
def test_least_squares_is_nought_where_the_score_is_the_wanted_one(
    scores: tuple[float, ...], wanted: float, expected: list[float]
) -> None:
    assert least_squares(_scores(*scores), wanted).tolist() == expected


def test_the_hinge_asks_no_more_of_scores_beyond_one() -> None:
    assert hinge_critic(_scores(1.5, 2), _scores(-1.0, -3)) == 0
    assert hinge_critic(_scores(0.0), _scores(0.0)) == 2
    assert hinge_generator(_scores(0.5, -2)).tolist() == [-0.5, 2.0]


def test_the_penalty_of_one_score_per_picture_is_half_its_squared_slope() -> None:
    pictures = torch.randn(3, 3, 4, 4, generator=torch.Generator().manual_seed(1))
    half_squares = gradient_penalty(lambda x: (x.square().sum(dim=(1, 2, 3)) / 2, []), pictures)
    torch.testing.assert_close(half_squares, pictures.square().sum(dim=(1, 2, 3)) / 2)
    assert gradient_penalty(lambda x: (x.sum(dim=(1, 2, 3)) * 0 + 7, []), pictures).tolist() == [0, 0, 0]


def test_the_penalty_of_patches_does_not_grow_with_the_picture() -> None:
    torch.manual_seed(0)
    critic = Discriminator(4).eval()
    small, large = (gradient_penalty(critic, torch.zeros(1, 3, side, side)).item() for side in (128, 256))
    assert large == pytest.approx(small, rel=0.15)


def test_the_penalty_makes_a_critic_flatter_at_real_pictures() -> None:
    torch.manual_seed(0)
    critic = Discriminator(16)
    real = torch.rand(2, 3, 32, 32) * 2 - 1
    adam = torch.optim.Adam(critic.parameters(), 0.01)
    steepness = []
    for _ in range(8):
        penalty = gradient_penalty(critic, real).mean()
        adam.zero_grad()
        torch.autograd.backward(penalty)
        adam.step()
        steepness.append(penalty.item())
    assert not real.requires_grad
    assert steepness[-1] < 0.7 * steepness[0]
