import pytest
import torch
from torch import nn

from tasks.core.errors import UserError
from tasks.nets.discriminator import Discriminator
from tasks.nets.generator import Generator
from tasks.nets.student import new_student
from tasks.training.precision import Autocast, Narrow, bf16_supported, chosen


@pytest.mark.parametrize("make", [Generator, lambda: new_student(0)], ids=["animeganv2", "student"])
def test_half_width_draws_nearly_the_same_and_trains_full_width_weights(make: type[nn.Module]) -> None:
    torch.manual_seed(0)
    generator, photos = make().train(), torch.rand(1, 3, 64, 64) * 2 - 1
    narrow, full = Narrow(generator)(photos), generator(photos)
    assert narrow.dtype == torch.float32
    assert (narrow - full).abs().mean() < 0.02
    torch.autograd.backward((narrow * torch.linspace(-1, 1, 64)).sum())
    assert {p.grad.dtype for p in generator.parameters() if p.grad is not None} == {torch.float32}


def test_a_narrow_critic_judges_nearly_the_same_in_full_width_numbers() -> None:
    torch.manual_seed(0)
    critic, drawings = Discriminator().eval(), torch.rand(2, 3, 64, 64) * 2 - 1
    score, features = Autocast(critic, torch.bfloat16)(drawings)
    expected, _ = critic(drawings)
    assert score.dtype == features[0].dtype == torch.float32
    torch.testing.assert_close(score, expected, atol=0.02, rtol=0.02)


def test_auto_is_what_the_processor_has() -> None:
    cpu = torch.device("cpu")
    assert chosen("auto", cpu) == ("bf16" if bf16_supported(cpu) else "fp32")
    with pytest.raises(UserError, match="precision is fp16, which takes a GPU"):
        chosen("fp16", cpu)
