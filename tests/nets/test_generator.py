from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from tasks.core.errors import UserError
from tasks.nets.architectures import load
from tasks.nets.generator import DEPTHS, PARAMETERS, Generator, new_generator


@pytest.fixture(scope="module")
def generator() -> Generator:
    torch.manual_seed(0)
    return Generator().eval()


def test_it_has_the_published_number_of_parameters_in_the_published_layout(generator: Generator) -> None:
    assert sum(p.numel() for p in generator.parameters()) == PARAMETERS == 2_143_552
    shapes = {name: tuple(tensor.shape) for name, tensor in generator.state_dict().items()}
    assert shapes["block_a.0.1.weight"] == (32, 3, 7, 7)
    assert shapes["block_b.0.1.weight"] == (128, 64, 3, 3)
    assert shapes["block_c.1.layers.1.1.bias"] == (256,)
    assert shapes["block_c.4.layers.3.weight"] == (256,)
    assert shapes["block_e.2.2.bias"] == (32,)
    assert shapes["out_layer.0.weight"] == (3, 32, 1, 1)
    assert not [name for name in shapes if not name.startswith(("block_", "out_layer"))]


@pytest.mark.parametrize("size", [(32, 32), (33, 50), (64, 40)])
def test_a_drawing_has_the_photo_s_size_and_lies_in_its_range(generator: Generator, size: tuple[int, int]) -> None:
    with torch.no_grad():
        drawing = generator(torch.rand(2, 3, *size) * 2 - 1)
    assert drawing.shape == (2, 3, *size)
    assert drawing.abs().max() <= 1


def test_an_untrained_generator_hands_light_and_colour_on() -> None:
    generator = new_generator(1)
    first = generator.get_parameter("block_a.0.1.weight")
    torch.testing.assert_close(first[16:], -first[:16])
    later = generator.get_parameter("block_d.0.1.weight")
    own = later[torch.arange(128), torch.arange(128), 1, 1]
    assert own.min() > 5 * later.abs().median()
    assert generator.get_parameter("block_c.3.layers.3.weight").abs().max() == 0
    assert torch.equal(first, new_generator(1).get_parameter("block_a.0.1.weight"))
    assert not torch.equal(first, new_generator(2).get_parameter("block_a.0.1.weight"))


def test_the_head_is_the_last_three_convolutions_with_their_norms(generator: Generator) -> None:
    assert sum(p.numel() for name, p in generator.named_parameters() if name.startswith(DEPTHS[0])) == 137_504


def test_a_modulation_of_zeros_changes_nothing_and_another_does(generator: Generator) -> None:
    photo = torch.rand(2, 3, 32, 32) * 2 - 1
    still = [(torch.zeros(2, width), torch.zeros(2, width)) for width in generator.channels]
    with torch.no_grad():
        plain = generator(photo)
        torch.testing.assert_close(generator(photo, still), plain, atol=0, rtol=0)
        for place, width in enumerate(generator.channels):
            moved = [*still]
            moved[place] = (torch.full((2, width), 0.5), torch.full((2, width), 0.1))
            assert not torch.equal(generator(photo, moved), plain)


@pytest.mark.parametrize("name", ["w.pt", "w.safetensors"])
@pytest.mark.parametrize("dtype", [torch.float16, torch.float32])
def test_published_weights_load_in_either_file_and_width(
    generator: Generator, tmp_path: Path, name: str, dtype: torch.dtype
) -> None:
    path = tmp_path / name
    state = {key: tensor.to(dtype) for key, tensor in generator.state_dict().items()}
    (torch.save if name.endswith(".pt") else save_file)(state, path)
    loaded = load("animeganv2", path).state_dict()
    for key, tensor in state.items():
        torch.testing.assert_close(loaded[key], tensor.float(), atol=0, rtol=0)


class Code:
    """What weights_only refuses: a pickle that names a class."""


WRONG: dict[str, Callable[[], object]] = {
    "another network": lambda: {"conv.weight": torch.zeros(3)},
    "one tensor of another shape": lambda: Generator().state_dict() | {"out_layer.0.weight": torch.zeros(4)},
    "a checkpoint around the weights": lambda: {"model": {"a": torch.zeros(1)}},
    "a pickle with code": Code,
}


@pytest.mark.parametrize("case", list(WRONG))
def test_wrong_weights_are_refused_by_the_name_of_their_file(case: str, tmp_path: Path) -> None:
    path = tmp_path / "wrong.pt"
    torch.save(WRONG[case](), path)
    with pytest.raises(UserError, match=r"wrong\.pt"):
        load("animeganv2", path)


@pytest.mark.parametrize("name", ["broken.pt", "broken.safetensors"])
def test_a_broken_file_is_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(b"\x00\x01nothing of use")
    with pytest.raises(UserError, match="cannot be read"):
        load("animeganv2", path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"gone\.pt do not exist"):
        load("animeganv2", tmp_path / "gone.pt")
