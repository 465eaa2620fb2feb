"""A picture drawn in tiles is the picture drawn at once, whatever the tiles and the picture."""

from collections.abc import Callable
from typing import cast

import pytest
import torch
from torch import Tensor, nn

from tasks.core.errors import UserError
from tasks.nets.condition import Conditioned, Vocabulary
from tasks.nets.generator import Generator
from tasks.nets.student import Student
from tasks.nets.tiling import tiled

LEVEL = 1 / 127.5  # of -1..1: one grey level
SIZES = [(16, 16), (33, 50), (64, 41), (37, 120)]


def random_generator() -> nn.Module:
    """Norms that scale and shift: with those of a new generator, a mistake in them would not show."""
    torch.manual_seed(0)
    net = Generator()
    for module in net.modules():
        if isinstance(module, nn.GroupNorm):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, 0, 0.3)
    return net.eval()


def random_student() -> nn.Module:
    torch.manual_seed(0)
    net = Student()
    nn.init.normal_(net.head.weight, 0, 0.1)
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(cast(Tensor, module.running_var), 0.5, 2)
    return net.eval()


def random_conditioned() -> nn.Module:
    net = Conditioned(random_student(), Vocabulary((("hair", ("black", "red")),))).eval()
    nn.init.normal_(net.condition.layers[-1].get_parameter("weight"), 0, 0.3)
    return net


NETS: dict[str, Callable[[], nn.Module]] = {"generator": random_generator, "student": random_student}


def photo_of(height: int, width: int) -> Tensor:
    """Lighter to the right and below: the statistics of its tiles differ."""
    torch.manual_seed(1)
    slope = torch.linspace(-1, 0.6, height)[:, None] + torch.linspace(0, 0.4, width)
    return (slope + 0.3 * torch.randn(1, 3, height, width)).clamp(-1, 1)


@pytest.fixture(scope="module", params=list(NETS))
def net(request: pytest.FixtureRequest) -> nn.Module:
    return NETS[request.param]()


@pytest.mark.parametrize("tile", [16, 23, 64])
@pytest.mark.parametrize("size", SIZES)
def test_whatever_the_tile_and_the_sides_tiles_draw_what_the_full_frame_does(
    net: nn.Module, size: tuple[int, int], tile: int
) -> None:
    photo = photo_of(*size)
    with torch.no_grad():
        full = net(photo)
    assert full.std() > 10 * LEVEL
    torch.testing.assert_close(tiled(net, photo, tile), full, atol=LEVEL / 100, rtol=0)


def test_a_picture_of_512_is_the_full_frame_within_a_hundredth_of_a_grey_level(net: nn.Module) -> None:
    photo = photo_of(512, 512)
    with torch.no_grad():
        full = net(photo)
    torch.testing.assert_close(tiled(net, photo, 96), full, atol=LEVEL / 100, rtol=0)


def test_there_is_no_seam_where_tiles_that_are_drawn_alone_have_one() -> None:
    net, photo = random_generator(), photo_of(128, 64)
    with torch.no_grad():
        alone = torch.cat([net(photo[:, :, :64]), net(photo[:, :, 64:])], 2)
        full = net(photo)

    def seam(drawing: Tensor) -> float:
        return float((drawing - full)[:, :, 62:66].abs().max()) / LEVEL

    assert seam(alone) > 5
    assert seam(tiled(net, photo, 16)) < 0.01


def test_a_condition_holds_in_tiles() -> None:
    net, photo, wishes = random_conditioned(), photo_of(48, 40), torch.tensor([[1.0, 0.0]])
    with torch.no_grad():
        full = net(photo, wishes, torch.tensor([0.7]))
        plain = net(photo, torch.zeros(1, 2), torch.tensor([1.0]))
    torch.testing.assert_close(tiled(net, photo, 16, wishes, 0.7), full, atol=LEVEL / 100, rtol=0)
    torch.testing.assert_close(tiled(net, photo, 16), plain, atol=LEVEL / 100, rtol=0)
    assert torch.equal(tiled(net, photo, 16, wishes, 0.0), photo)


def test_the_photo_is_left_as_it_was(net: nn.Module) -> None:
    photo = photo_of(32, 32)
    before = photo.clone()
    tiled(net, photo, 16)
    assert torch.equal(photo, before)


def test_tiles_too_small_several_photos_and_other_networks_are_refused() -> None:
    with pytest.raises(UserError, match="a tile of 8 pixels is mostly seam; use 16 or more"):
        tiled(random_student(), photo_of(32, 32), 8)
    with pytest.raises(UserError, match="2 photos"):
        tiled(random_student(), photo_of(32, 32).repeat(2, 1, 1, 1), 16)
    with pytest.raises(TypeError, match="Conv2d is no generator that draws in tiles"):
        tiled(nn.Conv2d(3, 3, 1), photo_of(32, 32), 16)
    with pytest.raises(TypeError, match="AvgPool2d has no form in tiles"):
        broken = random_student()
        broken.stem = nn.AvgPool2d(2)
        tiled(broken, photo_of(32, 32), 16)
