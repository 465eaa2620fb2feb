from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tasks.core.errors import UserError
from tasks.losses.landmarks import landmark_shift
from tasks.nets.landmark_net import LandmarkNet, View, open_landmark_net
from tests.scores.faces68 import plain_face

IDENTITY = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0))


class Brightest(nn.Module):
    """The place of the brightest spot, 68 times: a landmark network that can be worked by hand."""

    def forward(self, faces: Tensor) -> Tensor:
        light = (faces.mean(1) * 40).flatten(1).softmax(1).view(-1, 112, 112)
        ticks = torch.arange(112.0)
        place = torch.stack([(light.sum(1) * ticks).sum(1), (light.sum(2) * ticks).sum(1)], 1)
        return place[:, None].repeat(1, 68, 1)


def by_hand() -> LandmarkNet:
    return LandmarkNet("brightest", "", Brightest(), View(IDENTITY, 0.0, 1.0, 1.0, slice(17, 68)))


def spot(x: float, y: float, side: int = 256) -> Tensor:
    ticks = torch.arange(float(side))
    blob = torch.exp(-((ticks - x)[None] ** 2 + (ticks - y)[:, None] ** 2) * 50 / side**2)
    return (blob * 2 - 1).expand(1, 3, side, side).contiguous()


def arc(scale: float = 0.4375) -> Tensor:
    return torch.tensor([[[scale, 0.0, 0.0], [0.0, scale, 0.0]]])


POINTS = torch.from_numpy(plain_face()[None]).float()  # outer eye corners 96 pixels apart


@pytest.mark.parametrize("shift", [0.0, 4.8, 9.6])
def test_the_loss_is_the_shift_over_the_eyes_distance_in_twentieths(shift: float) -> None:
    loss = landmark_shift(by_hand(), spot(128 + shift, 128), spot(128, 128), POINTS, arc())
    expected = (np.hypot(shift / 96, 0.01) - 0.01) / 0.05
    assert loss.item() == pytest.approx(expected, abs=0.03)


def test_the_size_of_the_picture_changes_nothing() -> None:
    small = landmark_shift(by_hand(), spot(138, 128), spot(128, 128), POINTS, arc())
    large = landmark_shift(by_hand(), spot(276, 256, 512), spot(256, 256, 512), POINTS * 2, arc(0.21875))
    torch.testing.assert_close(small, large, atol=0.06, rtol=0.05)


def test_the_gradient_moves_a_feature_back_and_leaves_the_photo_alone() -> None:
    x = torch.tensor(134.0, requires_grad=True)
    ticks = torch.arange(256.0)
    blob = torch.exp(-((ticks - x)[None] ** 2 + (ticks - 128)[:, None] ** 2) * 50 / 256**2)
    photo = spot(128, 128).requires_grad_()
    loss = landmark_shift(by_hand(), (blob * 2 - 1).expand(1, 3, 256, 256), photo, POINTS, arc())
    torch.autograd.backward(loss.sum())
    assert x.grad is not None and x.grad > 0 and photo.grad is None


def test_pictures_that_are_alike_cost_nothing_and_have_a_finite_slope() -> None:
    net, photo = open_landmark_net("embedded"), torch.rand(2, 3, 128, 128) * 2 - 1
    drawing = photo.clone().requires_grad_()
    both = torch.tensor([[[0.875, 0.0, 0.0], [0.0, 0.875, 0.0]]]).repeat(2, 1, 1)
    loss = landmark_shift(net, drawing, photo, POINTS.repeat(2, 1, 1) / 2, both)
    torch.autograd.backward(loss.sum())
    assert loss.shape == (2,) and loss.abs().max() < 1e-5
    assert drawing.grad is not None and drawing.grad.isfinite().all()


def test_autocast_does_not_round_the_places() -> None:
    net, photo = open_landmark_net("embedded"), spot(128, 128)
    exact = landmark_shift(net, spot(130, 128), photo, POINTS, arc())
    with torch.autocast("cpu", torch.bfloat16):
        torch.testing.assert_close(landmark_shift(net, spot(130, 128), photo, POINTS, arc()), exact)


@pytest.mark.parametrize("name", ["embeded", "pfld-106"])
def test_an_unknown_landmark_network_is_refused_with_the_nearest_name(name: str) -> None:
    with pytest.raises(UserError, match=r"landmark_net .* did you mean"):
        open_landmark_net(name)


def test_a_licence_policy_refuses_a_landmark_network(models_dir: Path) -> None:
    assert models_dir.is_dir()
    with pytest.raises(UserError, match="refuses pfld-106-lite"):
        open_landmark_net("pfld-106-lite", "commercial")


def test_the_gradient_reaches_the_weights_that_drew() -> None:
    torch.manual_seed(0)
    generator, net = nn.Conv2d(3, 3, 5, padding=2), open_landmark_net("embedded")
    photo = torch.rand(1, 3, 256, 256) * 2 - 1
    torch.autograd.backward(landmark_shift(net, generator(photo).tanh(), photo, POINTS, arc()).sum())
    assert generator.weight.grad is not None and generator.weight.grad.norm() > 1e-6
    assert not [p for p in net.parameters() if p.requires_grad or p.grad is not None]


def test_the_network_goes_to_a_device_whole() -> None:
    net = open_landmark_net("embedded").to("meta")
    assert net(torch.zeros(2, 3, 112, 112, device="meta")).shape == (2, 51, 2)
