import math

import pytest
import torch
from torch import Tensor

from tasks.nets.gabor import DIRECTIONS, WAVELENGTH, Gabor


def _wave(direction: int, wavelength: float, side: int = 64) -> Tensor:
    y, x = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
    turn = math.pi * direction / DIRECTIONS
    return torch.sin(2 * math.pi / wavelength * (x * math.cos(turn) + y * math.sin(turn))).expand(1, 3, side, side)


def test_three_sizes_of_maps_of_0_or_more() -> None:
    features = Gabor()(_wave(1, 6.0))
    assert [tuple(f.shape) for f in features] == [(1, 33, 64, 64), (1, 33, 32, 32), (1, 33, 16, 16)]
    assert min(f.min().item() for f in features) >= 0


@pytest.mark.parametrize("direction", range(DIRECTIONS))
def test_strokes_are_seen_by_the_filters_of_their_direction(direction: int) -> None:
    seen = Gabor()(_wave(direction, WAVELENGTH))[0][0, :16].mean(dim=(1, 2))
    assert seen.reshape(DIRECTIONS, 2).sum(1).argmax() == direction


@pytest.mark.parametrize("size", range(3))
def test_strokes_are_seen_at_their_size(size: int) -> None:
    features = Gabor()(_wave(0, WAVELENGTH * 2**size))
    assert max(range(3), key=lambda i: features[i][0, :32].mean().item()) == size


def test_even_light_is_no_stroke() -> None:
    for maps in Gabor()(torch.full((1, 3, 32, 32), 0.5)):
        torch.testing.assert_close(maps[:, :32], torch.zeros_like(maps[:, :32]), atol=1e-5, rtol=0)
        torch.testing.assert_close(maps[:, 32], torch.full_like(maps[:, 32], 0.75))


def test_nothing_of_it_is_learnt_or_saved() -> None:
    assert not list(Gabor().parameters())
    assert not Gabor().state_dict()


def test_the_grid_that_upsampling_leaves_is_no_stroke() -> None:
    grid = torch.tensor([1.0, -1.0]).repeat(32).expand(1, 3, 64, 64)
    seen, strokes = (Gabor()(picture)[0][:, :32, 8:56, 8:56].mean() for picture in (grid, _wave(0, WAVELENGTH)))
    assert seen < 0.05 * strokes
