"""The training loop: deterministic, resumable to the bit, half-width arithmetic over full-width weights."""

import math
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call

from tasks.core.errors import UserError
from tasks.nets.discriminator import Discriminator
from tasks.nets.generator import Generator, freeze
from tasks.nets.losses import ssim
from tasks.training.paired import Judges, discriminator_loss, terms
from tasks.training.stream import Batch, Pairs
from tasks.training.recipe import Recipe

Row = dict[str, float]
MAX_NORM = 1.0  # of the gradient: a single odd batch does not undo a hundred good ones
RAMP = 0.2  # share of the whole-frame steps over which the identity loss grows to its weight


def bf16_supported() -> bool:
    """Whether the processor multiplies bfloat16 itself; emulated, it would be slower than float32."""
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def draw(generator: nn.Module, photos: Tensor, bf16: bool) -> Tensor:
    """Run the generator on n x 3 x h x w photos in -1..1; with bf16 all but the weights' storage is bfloat16."""
    if not bf16:
        return torch.as_tensor(generator(photos))
    narrow = {name: p.bfloat16() for name, p in generator.named_parameters()}
    return torch.as_tensor(functional_call(generator, narrow, (photos.bfloat16(),))).float()


class Training:
    """A training at some step; `state` and `restore` carry all that decides how it goes on."""

    def __init__(self, recipe: Recipe, generator: Generator, judges: Judges, pairs: Pairs) -> None:
        self.recipe, self.judges, self._pairs = recipe, judges, pairs
        self.generator = generator.train().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._trainable = freeze(self.generator, recipe.trainable)
        self.average = deepcopy(self.generator).requires_grad_(False)
        self._bf16 = recipe.bf16 and bf16_supported()
        self._optimizer = torch.optim.Adam(self._trainable, recipe.lr, betas=(0.9, 0.99), fused=True)
        self._critic = _critic(judges.discriminator, recipe)
        self.step = 0
        self.history: list[Row] = []

    def run(self) -> Iterator[Row]:
        """Yield the losses of each step that is left; raises UserError when one of them is no number."""
        while self.step < self.recipe.steps:
            row = self._advance(self._pairs.batch(self.recipe, self.step))
            self.history.append(row)
            self.step += 1
            yield row

    def _advance(self, batch: Batch) -> Row:
        rate = learning_rate(self.recipe, self.step)
        drawn = draw(self.generator, batch.photos, self._bf16)
        parts = self._judge(batch, drawn)
        total = torch.stack(list(parts.values())).sum()
        row = {"step": self.step + 1.0, "lr": rate, **{name: part.item() for name, part in parts.items()}}
        self._check(row)
        self._optimizer.zero_grad()
        torch.autograd.backward(total)
        self._check({"gradient norm": nn.utils.clip_grad_norm_(self._trainable, MAX_NORM).item()})
        _set_rate(self._optimizer, rate)
        self._optimizer.step()
        self._follow()
        if self._critic and self.judges.discriminator:
            row["discriminator"] = self._criticise(self.judges.discriminator, self._critic, batch, drawn, rate)
        return row

    def _judge(self, batch: Batch, drawn: Tensor) -> dict[str, Tensor]:
        """The generator's losses; the discriminator's own weights take no gradient from them."""
        first = self.recipe.first_frame
        ramp = min(1.0, (self.step - first + 1) / max(1.0, RAMP * (self.recipe.steps - first)))
        if self.judges.discriminator:
            self.judges.discriminator.requires_grad_(False)
        return terms(self.judges, self.recipe, batch, drawn, ramp)

    def _criticise(
        self, discriminator: Discriminator, critic: torch.optim.Adam, batch: Batch, drawn: Tensor, rate: float
    ) -> float:
        discriminator.requires_grad_(True)
        loss = discriminator_loss(discriminator, batch, drawn)
        self._check({"discriminator": loss.item()})
        critic.zero_grad()
        torch.autograd.backward(loss)
        _set_rate(critic, 2 * rate)  # unequal rates: Heusel et al., "GANs trained by a two time-scale rule", 2017
        critic.step()
        return loss.item()

    def _follow(self) -> None:
        """The running mean of the weights; early on it forgets faster, for there is little to remember."""
        decay = min(self.recipe.average, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for mean, now in zip(self.average.parameters(), self.generator.parameters(), strict=True):
                mean.lerp_(now, 1 - decay)

    def _check(self, values: Row) -> None:
        wrong = [f"{name} is {value}" for name, value in values.items() if not math.isfinite(value)]
        if wrong:
            raise UserError(
                f"training left the numbers at step {self.step + 1}: {', '.join(wrong)}; lower finetune.lr "
                f"(now {self.recipe.lr}) or set finetune.bf16: false; the last checkpoint is kept"
            )

    def state(self) -> dict[str, Any]:
        """All that the next step depends on."""
        judge = self.judges.discriminator
        return {
            "step": self.step,
            "history": self.history,
            "generator": self.generator.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "discriminator": judge.state_dict() if judge else None,
            "critic": self._critic.state_dict() if self._critic else None,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a `state` of a training with the same recipe."""
        self.step, self.history = state["step"], state["history"]
        self.generator.load_state_dict(state["generator"])
        self.average.load_state_dict(state["average"])
        self._optimizer.load_state_dict(state["optimizer"])
        if self.judges.discriminator and self._critic:
            self.judges.discriminator.load_state_dict(state["discriminator"])
            self._critic.load_state_dict(state["critic"])


def learning_rate(recipe: Recipe, step: int) -> float:
    """Linear up to `lr` over the warm-up, then a cosine down to a hundredth of it (Loshchilov, Hutter, ICLR 2017)."""
    if step < recipe.warmup:
        return recipe.lr * (step + 1) / (recipe.warmup + 1)
    done = (step - recipe.warmup) / max(1, recipe.steps - recipe.warmup)
    return recipe.lr * (0.01 + 0.99 * (1 + math.cos(math.pi * done)) / 2)


def fidelity(generator: Generator, pairs: Pairs, limit: int = 32) -> float | None:
    """Mean SSIM of drawings and targets over the aligned validation pairs, whole frames; None where there is none."""
    held_out = [pair for pair in pairs.split("val") if pair.aligned][:limit]
    values = []
    with torch.no_grad():
        for pair in held_out:
            batch = pairs.frames([pair])
            values.append(ssim(generator(batch.photos), batch.drawings).item())
    return sum(values) / len(values) if values else None


def _critic(discriminator: Discriminator | None, recipe: Recipe) -> torch.optim.Adam | None:
    return torch.optim.Adam(discriminator.parameters(), recipe.lr, betas=(0.5, 0.99)) if discriminator else None


def _set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    for group in optimizer.param_groups:
        group["lr"] = rate
