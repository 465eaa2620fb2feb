import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from skimage.color import rgb2lab
from torch import Tensor

from tasks.faces.skin import skin_mask
from tasks.losses.skin import lab, skin_shift
from tasks.scores.chroma import chroma_shift
from tests.scores.faces68 import SIDE, plain_face


def tensor(image: NDArray[np.uint8]) -> Tensor:
    return torch.from_numpy(image).permute(2, 0, 1)[None].float() / 127.5 - 1


def noise(seed: int, low: int = 0, high: int = 256, side: int = SIDE) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(low, high, (side, side, 3)).astype(np.uint8)


def mask() -> Tensor:
    return torch.from_numpy(skin_mask(plain_face(), SIDE, SIDE)[None, None]).float()


def test_lab_is_the_published_one_and_opencv_s_but_for_its_table() -> None:
    image = noise(0, side=64)
    image[0, :3] = [[0, 0, 0], [255, 255, 255], [255, 0, 0]]
    got = lab(tensor(image))[0].permute(1, 2, 0).numpy()
    assert np.abs(got - rgb2lab(image)).max() < 0.05
    # OpenCV reads float colours off a coarse table, up to 0.4 beside the formula, on average less than 0.1.
    assert np.abs(got - cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2Lab)).mean() < 0.1


@pytest.mark.parametrize("seed", range(3))
def test_the_loss_is_a_tenth_of_the_score_s_shift_beyond_the_margin(seed: int) -> None:
    photo, drawing = noise(seed, 90, 200), noise(seed + 9, 120 + 20 * seed, 240)
    drawing[..., 0] //= 2
    shift = chroma_shift(photo, drawing, plain_face())
    assert skin_shift(tensor(drawing), tensor(photo), mask(), 2.0).item() == pytest.approx((shift - 2) / 10, abs=0.01)


def test_a_shift_within_the_margin_costs_nothing_and_pulls_nowhere() -> None:
    photo = tensor(noise(1, 90, 200))
    drawing = (photo + 0.004).requires_grad_()
    loss = skin_shift(drawing, photo, mask(), 2.0)
    torch.autograd.backward(loss.sum())
    assert loss.item() == 0 and drawing.grad is not None and not drawing.grad.any()


def test_without_skin_in_one_picture_only_the_other_counts() -> None:
    photos = tensor(noise(1, 90, 200)).repeat(2, 1, 1, 1)
    drawings = photos * torch.tensor([1.0, -1.0, 1.0])[None, :, None, None]
    seen = torch.cat([mask(), torch.zeros_like(mask())])
    loss = skin_shift(drawings, photos, seen)
    assert loss[0] > 0.5 and loss[1] == 0


@pytest.mark.parametrize("colour", [(-1.0, -1.0, -1.0), (1.0, 1.0, 1.0), (1.0, -1.0, -1.0), (-1.0, 1.0, 1.0)])
def test_the_gradient_is_finite_at_black_white_and_saturated_colours(colour: tuple[float, float, float]) -> None:
    drawing = torch.tensor(colour)[None, :, None, None].repeat(1, 1, 8, 8).requires_grad_()
    skin = torch.full((1, 3, 8, 8), 0.2) + torch.tensor([0.4, 0.1, 0.0])[None, :, None, None]
    torch.autograd.backward(skin_shift(drawing, skin, torch.ones(1, 1, 8, 8)).sum())
    assert drawing.grad is not None and drawing.grad.isfinite().all() and drawing.grad.any()


def test_equal_pictures_have_no_slope_at_all() -> None:
    photo = tensor(noise(1))
    drawing = photo.clone().requires_grad_()
    torch.autograd.backward(skin_shift(drawing, photo, mask()).sum())
    assert drawing.grad is not None and drawing.grad.isfinite().all()


def test_descending_the_loss_brings_the_complexion_back() -> None:
    photo = noise(3, 140, 200)
    drawing = tensor(photo // np.array([1, 2, 1], np.uint8)).requires_grad_()
    optimizer = torch.optim.Adam([drawing], 0.05)
    for _ in range(15):
        optimizer.zero_grad()
        torch.autograd.backward(skin_shift(drawing, tensor(photo), mask(), 1.0).sum())
        optimizer.step()
    back = np.clip((drawing.detach()[0].permute(1, 2, 0).numpy() + 1) * 127.5, 0, 255).round().astype(np.uint8)
    assert chroma_shift(photo, back, plain_face()) < 2


def test_half_precision_is_computed_as_float32() -> None:
    photo, drawing = tensor(noise(1, 90, 200)), tensor(noise(2, 150, 220))
    with torch.autocast("cpu", torch.bfloat16):
        torch.testing.assert_close(skin_shift(drawing, photo, mask()), skin_shift(drawing, photo, mask()).float())
    assert lab(photo.bfloat16()).dtype == torch.float32
