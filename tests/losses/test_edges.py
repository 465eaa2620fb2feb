import torch
from torch import Tensor

from tasks.losses.edges import edge_smoothed, near_edges


def _line(height: float = 1.0, side: int = 24) -> Tensor:
    """Two even areas of light, their edge between columns 11 and 12."""
    picture = torch.zeros(1, 3, side, side)
    picture[..., side // 2 :] = height
    return picture


def test_a_picture_changes_near_its_edges_alone() -> None:
    changed = (edge_smoothed(_line()) != _line())[0, 0].any(0)
    assert changed.nonzero().flatten().tolist() == [10, 11, 12, 13]
    assert near_edges(_line())[0, 0, 0].nonzero().flatten().tolist() == [9, 10, 11, 12, 13, 14]


def test_the_edge_becomes_a_slope_and_light_stays() -> None:
    smoothed = edge_smoothed(_line())
    steepest = (smoothed[..., 1:] - smoothed[..., :-1]).abs().max()
    assert 0.3 < steepest < 0.5
    torch.testing.assert_close(smoothed.mean(), _line().mean())


def test_shading_is_no_edge() -> None:
    shade = torch.linspace(-1, 1, 32).expand(1, 3, 32, 32)
    assert torch.equal(edge_smoothed(shade), shade)
    assert not near_edges(_line(0.25)).any()
    assert near_edges(_line(0.35)).any()


def test_pictures_of_a_batch_are_smoothed_each_for_itself() -> None:
    pictures = torch.rand(3, 3, 20, 28, generator=torch.Generator().manual_seed(1)) * 2 - 1
    alone = torch.cat([edge_smoothed(pictures[i : i + 1]) for i in range(3)])
    torch.testing.assert_close(edge_smoothed(pictures), alone)
