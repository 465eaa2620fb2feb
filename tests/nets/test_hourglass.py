from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from tasks.core.errors import UserError
from tasks.nets.hourglass import CELLS, WEIGHTS, Hourglass, centres, expected_places, load_hourglass


def test_the_expected_place_of_a_certain_cell_is_its_centre() -> None:
    heat = torch.full((1, 1, CELLS, CELLS), -50.0)
    heat[0, 0, 3, 20] = 50.0
    torch.testing.assert_close(expected_places(heat)[0, 0], centres(CELLS)[[20, 3]])


def test_cells_tile_the_crop_from_edge_to_edge() -> None:
    assert centres(CELLS)[0] == 1.5 and centres(CELLS)[-1] == 109.5


def test_the_embedded_net_is_small_and_finds_51_points_in_the_crop() -> None:
    assert WEIGHTS.stat().st_size <= 500_000
    points = Hourglass().eval()(torch.rand(2, 3, 112, 112) * 2 - 1)
    assert points.shape == (2, 51, 2) and points.min() >= 0 and points.max() <= 111


def test_missing_or_foreign_weights_name_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "landmarks.safetensors"
    with pytest.raises(UserError, match="make landmarks"):
        load_hourglass(path)
    save_file({"a": torch.zeros(1)}, path)
    with pytest.raises(UserError, match="git checkout"):
        load_hourglass(path)
