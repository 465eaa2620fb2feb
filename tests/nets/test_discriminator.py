from collections.abc import Iterator
from copy import deepcopy

import pytest
import torch
from torch import Tensor, nn

from tasks.core.errors import UserError
from tasks.losses.adversarial import gradient_penalty, least_squares
from tasks.nets.discriminator import Discriminator


@pytest.fixture(autouse=True)
def deterministic() -> Iterator[None]:
    torch.use_deterministic_algorithms(True)
    yield
    torch.use_deterministic_algorithms(False)


def _learn(critic: Discriminator, adam: torch.optim.Optimizer, steps: int) -> None:
    real = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(3)) * 2 - 1
    for _ in range(steps):
        penalty = gradient_penalty(critic, real)
        loss = least_squares(critic(real)[0], 1) + least_squares(critic(-real)[0], 0) + penalty
        adam.zero_grad()
        torch.autograd.backward(loss.mean())
        adam.step()


def _adam(critic: Discriminator) -> torch.optim.Adam:
    return torch.optim.Adam(critic.parameters(), 0.01)


def _effective(critic: Discriminator, layer: int) -> Tensor:
    return torch.as_tensor(critic.layers[layer].weight).detach().clone()


def _equal(a: nn.Module, b: nn.Module) -> bool:
    states = a.state_dict(), b.state_dict()
    return list(states[0]) == list(states[1]) and all(torch.equal(states[0][k], states[1][k]) for k in states[0])


@pytest.mark.parametrize("spectral", [True, False])
@pytest.mark.parametrize("frozen", [0, 2])
def test_a_restored_critic_goes_on_to_the_bit(spectral: bool, frozen: int) -> None:
    torch.manual_seed(0)
    critic, other = Discriminator(16, spectral), Discriminator(16, spectral)
    critic.freeze_low(frozen)
    other.freeze_low(frozen)
    adam, resumed = _adam(critic), _adam(other)
    _learn(critic, adam, 2)
    other.load_state_dict(deepcopy(critic.state_dict()))
    resumed.load_state_dict(deepcopy(adam.state_dict()))
    assert _equal(critic, other)
    _learn(critic, adam, 2)
    _learn(other, resumed, 2)
    assert _equal(critic, other)


@pytest.mark.parametrize("spectral", [True, False])
def test_frozen_layers_keep_their_weights_and_the_others_learn(spectral: bool) -> None:
    torch.manual_seed(0)
    critic = Discriminator(16, spectral)
    critic.freeze_low(2)
    before = [_effective(critic, layer) for layer in range(4)]
    critic.requires_grad_(False).requires_grad_(True)
    critic.train()
    _learn(critic, _adam(critic), 2)
    kept = [torch.equal(_effective(critic, layer), before[layer]) for layer in range(4)]
    assert kept == [True, True, False, False]


def test_frozen_layers_pass_the_gradient_on_to_the_drawing() -> None:
    critic = Discriminator(4)
    critic.freeze_low(3)
    drawing = torch.zeros(1, 3, 32, 32, requires_grad=True)
    (slope,) = torch.autograd.grad(critic(drawing)[0].sum(), drawing)
    assert slope.abs().max() > 0


def test_a_frozen_critic_s_weights_load_into_one_that_is_not() -> None:
    frozen, free = Discriminator(4), Discriminator(4)
    frozen.freeze_low(2)
    free.load_state_dict(frozen.state_dict())
    assert _equal(frozen, free)
    assert len(list(free.parameters())) == 2 * len(list(frozen.parameters()))


@pytest.mark.parametrize("count", [-1, 4, 9])
def test_a_critic_with_no_layer_left_to_learn_is_refused(count: int) -> None:
    with pytest.raises(UserError, match=f"frozen_critic_layers is {count}; use 0 to 3"):
        Discriminator(4).freeze_low(count)


def test_the_spectral_norm_bounds_every_convolution() -> None:
    torch.manual_seed(0)
    critic = Discriminator(8)
    for _ in range(50):
        critic(torch.zeros(1, 3, 32, 32))
    largest = [torch.linalg.matrix_norm(_effective(critic, layer).flatten(1), 2).item() for layer in range(4)]
    assert largest == pytest.approx([1.0] * 4, abs=0.01)
    assert [tuple(f.shape) for f in critic(torch.zeros(1, 3, 32, 32))[1]] == [
        (1, 8, 16, 16),
        (1, 16, 8, 8),
        (1, 32, 7, 7),
    ]
