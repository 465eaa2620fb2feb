import pytest
import torch
from torch import Tensor

from tasks.losses.features import feature_distance, gram, style_distance
from tasks.nets.gabor import Gabor


def _strokes(shift: int, across: bool = True) -> Tensor:
    """Lines of 2 pixels every 8, moved by `shift`."""
    picture = torch.ones(1, 3, 96, 96)
    picture[..., (torch.arange(96) + shift) % 8 < 2] = -1
    return picture if across else picture.transpose(2, 3)


def test_a_gram_matrix_is_the_mean_product_of_channels() -> None:
    features = torch.tensor([[1.0, 2.0], [0.0, 4.0]]).reshape(1, 2, 1, 2)
    torch.testing.assert_close(gram(features), torch.tensor([[[2.5, 4.0], [4.0, 8.0]]]))
    assert gram(torch.full((1, 2, 256, 256), 100.0).half()).isfinite().all()


def test_style_forgets_places_and_content_does_not() -> None:
    here, moved, turned = (Gabor()(p) for p in (_strokes(0), _strokes(4), _strokes(0, across=False)))
    assert style_distance(moved, here).item() < 0.25
    assert style_distance(turned, here).item() > 0.5
    assert feature_distance(moved[:1], here[:1]).item() > 0.5


@pytest.mark.parametrize("distance", [feature_distance, style_distance])
def test_equal_pictures_are_not_apart_and_each_has_its_own_value(distance: object) -> None:
    assert callable(distance)
    seen = Gabor()(torch.cat([_strokes(0), _strokes(0, across=False)]))
    other = Gabor()(torch.cat([_strokes(0), _strokes(0)]))
    first, second = distance(seen, other).tolist()
    assert first == 0
    assert second > 0.3


def test_features_of_nothing_leave_a_finite_gradient() -> None:
    picture = torch.full((1, 3, 32, 32), -1.0, requires_grad=True)
    (slope,) = torch.autograd.grad(style_distance(Gabor()(picture), Gabor()(_strokes(0)[..., :32, :32])).sum(), picture)
    assert slope.isfinite().all()
