import pytest
import torch

from tasks.core.errors import UserError
from tasks.training.critics import new_critic, penalties
from tasks.training.plan import Plan


def test_critics_start_from_the_plan_s_seed_and_their_number_and_disturb_no_other_draw() -> None:
    torch.manual_seed(5)
    first, again, other = new_critic(Plan(steps=1)), new_critic(Plan(steps=1)), new_critic(Plan(steps=1), 3)
    drawn = torch.rand(1)
    torch.manual_seed(5)
    assert torch.equal(drawn, torch.rand(1))
    weights = [torch.cat([p.flatten() for p in critic.parameters()]) for critic in (first, again, other)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


@pytest.mark.parametrize(("frozen", "learning"), [(0, 8), (1, 6), (3, 2)])
def test_frozen_layers_have_nothing_to_learn(frozen: int, learning: int) -> None:
    assert len(list(new_critic(Plan(steps=1, frozen_critic_layers=frozen)).parameters())) == learning


def test_a_critic_that_could_not_learn_is_refused() -> None:
    with pytest.raises(UserError, match="frozen_critic_layers is 4; use 0 to 3"):
        new_critic(Plan(steps=1, frozen_critic_layers=4))


@pytest.mark.parametrize("spectral", [True, False])
def test_the_spectral_norm_is_a_switch(spectral: bool) -> None:
    names = new_critic(Plan(steps=1, spectral_norm=spectral)).state_dict()
    assert any("parametrizations" in name for name in names) == spectral


def test_the_penalty_counts_by_its_weight_and_is_absent_without_one() -> None:
    critic, real = new_critic(Plan(steps=1)).eval(), torch.rand(2, 3, 32, 32)
    once, twice = (penalties(Plan(steps=1, r1=weight), critic, real)["r1"].item() for weight in (1.0, 2.0))
    assert twice == pytest.approx(2 * once)
    assert once > 0
    assert penalties(Plan(steps=1), critic, real) == {}
