import cv2
import numpy as np
import pytest
import torch
from torch import Tensor

from tasks.core.image import Image
from tasks.faces.geometry import ARC_SIZE, compose, invert, resized, warp
from tasks.losses.crops import arc_crop

TURN = np.array([[1.02, 0.21, -28.0], [-0.21, 1.02, 6.0]])  # a 128-pixel crop to the 112 template


def smooth(size: int) -> Image:
    coarse = np.random.default_rng(size).integers(0, 256, (9, 9, 3)).astype(np.uint8)
    return np.asarray(cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC))


def tensor(image: Image) -> Tensor:
    return torch.from_numpy(image).permute(2, 0, 1)[None].float() / 127.5 - 1


@pytest.mark.parametrize("times", [1, 2, 4])
def test_the_crop_equals_the_judges_at_any_size_of_picture(times: int) -> None:
    image, matrix = smooth(128 * times), compose(invert(resized(times)), TURN)
    got = arc_crop(tensor(image), torch.from_numpy(matrix[None]).float())
    apart = (got - tensor(warp(image, matrix, ARC_SIZE))).abs()
    assert apart.mean() < 0.02 and apart[..., 16:96, 16:96].max() < 0.12


def test_a_face_s_crop_is_the_same_in_any_company() -> None:
    pictures = torch.cat([tensor(smooth(256)), tensor(smooth(256)).flip(3)])
    arcs = torch.tensor([[[0.44, 0.02, 3.0], [-0.02, 0.44, 1.0]], [[0.8, 0.0, -40.0], [0.0, 0.8, -50.0]]])
    together = arc_crop(pictures, arcs)
    for i in range(2):
        torch.testing.assert_close(together[i : i + 1], arc_crop(pictures[i : i + 1], arcs[i : i + 1]))


def test_a_mirrored_picture_with_its_mirrored_matrix_gives_the_same_crop() -> None:
    picture, arc = tensor(smooth(128)), torch.from_numpy(TURN[None]).float()
    mirror = torch.tensor([[-1.0, 0.0, 127.0], [0.0, 1.0, 0.0]], dtype=torch.float64).numpy()
    mirrored = torch.from_numpy(compose(mirror, TURN)[None]).float()
    torch.testing.assert_close(arc_crop(picture.flip(3), mirrored), arc_crop(picture, arc), atol=2e-3, rtol=0)


def test_it_has_a_gradient_that_repeats_itself_under_deterministic_algorithms() -> None:
    arc, gradients = torch.from_numpy(TURN[None]).float(), []
    torch.use_deterministic_algorithms(True)
    try:
        for _ in range(2):
            picture = tensor(smooth(128)).requires_grad_()
            torch.autograd.backward((arc_crop(picture, arc) ** 2).sum())
            assert picture.grad is not None
            gradients.append(picture.grad)
    finally:
        torch.use_deterministic_algorithms(False)
    assert gradients[0].any() and torch.equal(*gradients)


def test_it_runs_where_its_pictures_are() -> None:
    assert arc_crop(torch.zeros(2, 3, 64, 64, device="meta"), torch.zeros(2, 2, 3, device="meta")).is_meta
