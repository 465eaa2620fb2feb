import pytest
import torch

from tasks.losses.smoothness import total_variation


def _step(height: float) -> torch.Tensor:
    picture = torch.zeros(1, 3, 5, 5)
    picture[..., 2:] = height
    return picture


@pytest.mark.parametrize(
    ("height", "expected"),
    [(0.0, 0.0), (0.4, 0.08 / 4), (1.0, 0.5 / 4), (2.0, 1.5 / 4)],
    ids=["even", "half its square", "at the bend", "in proportion beyond"],
)
def test_an_edge_costs_by_its_height(height: float, expected: float) -> None:
    assert total_variation(_step(height)).item() == pytest.approx(expected)
    assert total_variation(_step(height).transpose(2, 3)).item() == pytest.approx(expected)


def test_noise_costs_more_than_an_even_picture_beside_it_in_the_batch() -> None:
    noise = torch.randn(1, 3, 16, 16, generator=torch.Generator().manual_seed(1)) * 0.1
    noisy, even = total_variation(torch.cat([noise, torch.zeros(1, 3, 16, 16)])).tolist()
    assert noisy == pytest.approx(2 * 0.01, rel=0.2)
    assert even == 0
