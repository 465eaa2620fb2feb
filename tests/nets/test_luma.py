import pytest
import torch

from tasks.nets.luma import light


@pytest.mark.parametrize(
    ("colour", "expected"),
    [((1, 1, 1), 1.0), ((-1, -1, -1), -1.0), ((1, -1, -1), -0.402), ((-1, 1, -1), 0.174), ((-1, -1, 1), -0.772)],
    ids=["white", "black", "red", "green", "blue"],
)
def test_light_is_the_luma_of_broadcasting(colour: tuple[float, float, float], expected: float) -> None:
    picture = torch.tensor(colour, dtype=torch.float32)[None, :, None, None].expand(1, 3, 4, 4)
    assert light(picture).shape == (1, 1, 4, 4)
    assert light(picture).flatten().tolist() == pytest.approx([expected] * 16)
