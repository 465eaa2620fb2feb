"""The critics of every recipe: how they are made, and what holds them back."""

import torch
from torch import Tensor, nn

from tasks.losses.adversarial import gradient_penalty
from tasks.nets.discriminator import Discriminator
from tasks.training.plan import Plan


def new_critic(plan: Plan, number: int = 1) -> Discriminator:
    """An untrained critic as the plan wants it; each `number` starts from other weights.

    Raises UserError where `frozen_critic_layers` leaves it nothing to learn.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(plan.seed + number)
        critic = Discriminator(spectral=plan.spectral_norm)
    critic.freeze_low(plan.frozen_critic_layers)
    return critic


def penalties(plan: Plan, critic: nn.Module, real: Tensor) -> dict[str, Tensor]:
    """The weighted gradient penalty on real pictures as the term `r1`; none where it has no weight."""
    return {"r1": plan.r1 * gradient_penalty(critic, real).mean()} if plan.r1 else {}
