import pytest
import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from tasks.nets.student import Student, folded, new_student


def photos(height: int, width: int, count: int = 2) -> Tensor:
    return torch.rand(count, 3, height, width, generator=torch.Generator().manual_seed(height)) * 2 - 1


@pytest.fixture(scope="module")
def taught() -> Student:
    """A student that no longer draws the photo: its head and its silent norms have random weights."""
    student = new_student(3)
    with torch.no_grad():
        for name, parameter in student.named_parameters():
            if name.startswith("head") or not parameter.any():
                parameter.normal_(0, 0.1)
        for _ in range(3):
            student(photos(64, 64))
    return student.eval()


def test_it_keeps_to_its_budget_of_parameters_and_work() -> None:
    student = folded(new_student(1))
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        student(photos(512, 512, 1))
    assert sum(p.numel() for p in new_student(1).parameters()) <= 600_000
    assert counter.get_total_flops() <= 20e9


@pytest.mark.parametrize("training", [False, True])
def test_an_untrained_student_gives_the_photo_back_to_the_bit(training: bool) -> None:
    photo = photos(40, 56)
    assert torch.equal(new_student(1).train(training)(photo), photo)


@pytest.mark.parametrize("size", [(16, 16), (17, 31), (33, 50), (64, 40), (45, 87)])
def test_a_drawing_has_the_photo_s_size_and_lies_in_its_range(taught: Student, size: tuple[int, int]) -> None:
    with torch.no_grad():
        drawing = taught(photos(*size))
    assert drawing.shape == (2, 3, *size)
    assert drawing.abs().max() <= 1
    assert (drawing - photos(*size)).abs().mean() > 0.05


@pytest.mark.parametrize("size", [(64, 64), (33, 50)])
def test_folding_the_norms_changes_no_drawing(taught: Student, size: tuple[int, int]) -> None:
    lean = folded(taught)
    assert not [m for m in lean.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    assert [m for m in taught.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    with torch.no_grad():
        torch.testing.assert_close(lean(photos(*size)), taught(photos(*size)), atol=1e-4, rtol=0)


def test_every_weight_learns_within_two_steps() -> None:
    student, photo = new_student(1), photos(32, 32)
    optimiser = torch.optim.SGD(student.parameters(), 0.1)
    for _ in range(2):
        optimiser.zero_grad()
        torch.autograd.backward((student(photo) - photo.flip(3)).abs().mean())
        optimiser.step()
    torch.autograd.backward((student(photo) - photo.flip(3)).abs().mean())
    heard = {name for name, p in student.named_parameters() if p.grad is not None and p.grad.any()}
    silent = {name for name, _ in student.named_parameters()} - heard
    assert silent == set()


def test_a_colour_beyond_the_range_still_has_a_gradient_in_training() -> None:
    student, white = new_student(1), torch.ones(1, 3, 16, 16)
    with torch.no_grad():
        student.head.get_parameter("bias").fill_(0.5)
    drawing = student(white)
    torch.autograd.backward(drawing.sum())
    gradient = student.head.get_parameter("bias").grad
    assert drawing.max() <= 1 and gradient is not None and gradient.min() > 0


def test_the_same_seed_gives_the_same_weights() -> None:
    first, again, other = (new_student(seed).state_dict() for seed in (1, 1, 2))
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not all(torch.equal(first[name], other[name]) for name in first)


def test_a_modulation_acts_on_the_feature_maps_it_names(taught: Student) -> None:
    photo = photos(32, 32)
    still = [(torch.zeros(2, width), torch.zeros(2, width)) for width in taught.channels]
    moved = [(torch.full((2, width), 0.5), torch.full((2, width), 0.1)) for width in taught.channels]
    with torch.no_grad():
        plain = taught(photo)
        assert torch.equal(taught(photo, still), plain)
        assert not torch.equal(taught(photo, moved), plain)
