import pytest
import torch
from torch import Tensor

from tasks.losses.yuv import colour_reconstruction, grey


def _flat(red: float, green: float, blue: float) -> Tensor:
    return torch.tensor([red, green, blue])[None, :, None, None].expand(1, 3, 4, 4)


def test_grey_is_the_light_in_three_equal_channels() -> None:
    assert grey(_flat(1, -1, -1)).flatten().tolist() == pytest.approx([-0.402] * 48)


def test_a_small_error_of_hue_costs_less_than_one_of_light_and_a_large_one_grows_with_its_size() -> None:
    middle = _flat(0, 0, 0)
    lighter = colour_reconstruction(_flat(0.2, 0.2, 0.2), middle).item()
    # Red up and green down by as much light: Y stays.
    redder, reddest = (
        colour_reconstruction(_flat(0.299**-1 * a, -(0.587**-1) * a, 0), middle).item() for a in (0.02, 0.2)
    )
    assert lighter == pytest.approx(0.1)
    assert redder < 0.01 * lighter
    assert reddest == pytest.approx(100 * redder, rel=0.01)


def test_equal_pictures_cost_nothing_and_each_has_its_own_value() -> None:
    photos = torch.cat([_flat(0.5, 0, 0), _flat(0, 0, 0)])
    found = colour_reconstruction(torch.cat([_flat(0.5, 0, 0), _flat(0.5, 0.5, 0.5)]), photos)
    assert found.tolist() == pytest.approx([0, 0.25])
