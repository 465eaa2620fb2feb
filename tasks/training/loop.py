"""The training loop of every recipe: deterministic, resumable to the bit, on one device or several.

Hugging Face's accelerate brings devices, processes and the scaling that float16 needs. Gradients are averaged over
processes after they are complete, which serves generators and critics alike.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from itertools import pairwise
from typing import Any

import torch
from accelerate import Accelerator
from torch import Tensor, nn

from tasks.training import faults, precision
from tasks.training.batch import Batch
from tasks.training.face_terms import Terms
from tasks.training.faults import Row, Watch
from tasks.training.history import pack, unpack
from tasks.training.plan import Plan
from tasks.training.precision import Autocast, Narrow
from tasks.training.recipe import Drawn, Recipe

Batches = Callable[[int], Iterable[Batch]]  # this process's pictures of each step, from the given one on
MAX_NORM = 1.0  # of a generator's gradient: a single odd batch does not undo a hundred good ones


class Training:
    """A training at some step; `state` and `restore` carry all that decides how it goes on."""

    def __init__(
        self,
        plan: Plan,
        recipe: Recipe,
        total: int,
        accelerator: Accelerator,
        unfreeze: Callable[[float], None],
    ) -> None:
        self.plan, self.recipe, self.total, self._unfreeze = plan, recipe, total, unfreeze
        self.accelerator = accelerator
        self.generators = {name: _ready(net, accelerator) for name, net in recipe.generators.items()}
        self.critics = {name: _ready(net, accelerator) for name, net in recipe.critics.items()}
        self._learning = {id(p) for net in self.critics.values() for p in net.parameters() if p.requires_grad}
        self.precision = precision.chosen(plan.precision, accelerator.device)
        self._narrow()
        self.average = deepcopy(self.generators["generator"]).requires_grad_(False)
        self._drawing = self._optimizer(self.generators, plan.lr, 0.9)
        self._judging = self._optimizer(self.critics, plan.lr * plan.critic_rate, 0.5) if self.critics else None
        self._watch = Watch(plan, total)
        self.step = 0
        self.history: list[Row] = []

    def run(self, batches: Batches) -> Iterator[Row]:
        """Yield the losses of each step that is left; raises UserError as `faults` says."""
        shown = iter(batches(self.step))
        while self.step < self.total:
            with faults.memory(self.plan, self.step + 1, self.plan.size_at(self.step, self.total)):
                row = self._advance(next(shown).to(self.accelerator.device))
            self.history.append(row)
            self.step += 1
            self._watch.look(self.history)
            yield row

    def _advance(self, batch: Batch) -> Row:
        rate = learning_rate(self.plan, self.step, self.total)
        self._unfreeze(self.step / self.total)
        for optimizer in self._optimizers():
            optimizer.zero_grad()
        losses = self._accumulated(batch)
        row = {"step": self.step + 1.0, "lr": rate, **losses}
        faults.check_finite(row, self.step + 1, self.plan)
        self._bound()
        for optimizer, factor in zip(self._optimizers(), (1.0, self.plan.critic_rate), strict=False):
            for group in optimizer.param_groups:
                group["lr"] = rate * factor
        self._take_step()
        self._follow()
        return row

    def _accumulated(self, batch: Batch) -> Row:
        """Gradients of the whole batch, part after part and process beside process, and its mean losses."""
        parts = min(self.plan.accumulate, len(batch))
        ends = [len(batch) * i // parts for i in range(parts + 1)]
        sums: Row = {}
        for start, stop in pairwise(ends):
            share = (stop - start) / len(batch)
            for name, loss in self._backward(batch.part(start, stop), share).items():
                sums[name] = sums.get(name, 0.0) + loss * share
        if self.accelerator.num_processes == 1:
            return sums
        self._average_gradients()
        values = torch.tensor(list(sums.values()), dtype=torch.float64, device=self.accelerator.device)
        return dict(zip(sums, self.accelerator.reduce(values, "mean").tolist(), strict=True))

    def _backward(self, batch: Batch, share: float) -> Row:
        """The gradients of one part: of the generators against fixed critics, then of the critics."""
        drawn = self.recipe.draw(batch)
        self._let_critics_learn(False)
        losses = self.recipe.losses(batch, drawn, self.step / self.total)
        self._descend(losses, share)
        self._let_critics_learn(True)
        judged = self.recipe.critic_losses(batch, _detached(drawn), self.step)
        self._descend(judged, share)
        return {name: loss.item() for name, loss in {**losses, **judged}.items()}

    def _descend(self, losses: Terms, share: float) -> None:
        if losses:
            self.accelerator.backward(torch.stack(list(losses.values())).sum() * share)

    def _bound(self) -> None:
        """Bound the generators' gradient; it and the critics' must be finite, or with float16 the step is skipped."""
        scaler, norms = self.accelerator.scaler, {}
        for optimizer in self._optimizers() if scaler else ():
            scaler.unscale_(optimizer)
        for name, nets, most in (("generator", self.generators, MAX_NORM), ("critic", self.critics, math.inf)):
            weights = [p for net in nets.values() for p in net.parameters() if p.grad is not None]
            norms[f"gradient of the {name}"] = float(nn.utils.clip_grad_norm_(weights, most)) if weights else 0.0
        if not scaler:
            faults.check_finite(norms, self.step + 1, self.plan)

    def _take_step(self) -> None:
        """Both optimisers' step; float16's scale is updated once, when both have seen it."""
        scaler = self.accelerator.scaler
        for optimizer in self._optimizers():
            scaler.step(optimizer) if scaler else optimizer.step()
        if scaler:
            scaler.update()

    def _average_gradients(self) -> None:
        """The mean of each gradient over the processes, as one long tensor: one message."""
        nets = [*self.generators.values(), *self.critics.values()]
        gradients = [p.grad for net in nets for p in net.parameters() if p.grad is not None]
        flat = self.accelerator.reduce(torch.cat([g.flatten() for g in gradients]), "mean")
        for gradient, mean in zip(gradients, flat.split([g.numel() for g in gradients]), strict=True):
            gradient.copy_(mean.view_as(gradient))

    def _follow(self) -> None:
        """The running mean of weights and statistics; early on it forgets faster, for there is little to remember."""
        decay = min(self.plan.average, (1 + self.step) / (10 + self.step))
        now = self.generators["generator"].state_dict()
        with torch.no_grad():
            for name, mean in self.average.state_dict().items():
                if mean.is_floating_point():
                    mean.lerp_(now[name], 1 - decay)
                else:
                    mean.copy_(now[name])

    def _let_critics_learn(self, learn: bool) -> None:
        for net in self.critics.values():
            for parameter in net.parameters():
                parameter.requires_grad_(learn and id(parameter) in self._learning)

    def _narrow(self) -> None:
        """Compile and narrow what runs; the nets themselves stay where `generators` has them."""
        if self.plan.compile:
            for net in self.generators.values():
                net.compile()
        width = {"bf16": torch.bfloat16, "fp16": torch.float16}.get(self.precision)
        if width is None:
            return
        for name, net in self.generators.items():
            self.recipe.generators[name] = Narrow(net) if self.precision == "bf16" else Autocast(net, width)
        for name, net in self.critics.items():
            self.recipe.critics[name] = Autocast(net, width)

    def _optimizer(self, nets: dict[str, nn.Module], rate: float, momentum: float) -> torch.optim.Adam:
        weights = [p for net in nets.values() for p in net.parameters()]
        return torch.optim.Adam(weights, rate, betas=(momentum, 0.99), fused=True)

    def _optimizers(self) -> list[torch.optim.Adam]:
        return [self._drawing, *([self._judging] if self._judging else [])]

    def state(self) -> dict[str, Any]:
        """All that the next step depends on."""
        return {
            "step": self.step,
            "history": pack(self.history),
            "generators": {name: net.state_dict() for name, net in self.generators.items()},
            "critics": {name: net.state_dict() for name, net in self.critics.items()},
            "average": self.average.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self._optimizers()],
            "scaler": self.accelerator.scaler.state_dict() if self.accelerator.scaler else None,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a `state` of a training with the same plan and inputs."""
        self.step, self.history = state["step"], unpack(state["history"])
        for nets, kind in ((self.generators, "generators"), (self.critics, "critics")):
            for name, net in nets.items():
                net.load_state_dict(state[kind][name])
        self.average.load_state_dict(state["average"])
        for optimizer, values in zip(self._optimizers(), state["optimizers"], strict=True):
            optimizer.load_state_dict(values)
        if self.accelerator.scaler and state["scaler"]:
            self.accelerator.scaler.load_state_dict(state["scaler"])
        self._watch.recall(self.history)


def learning_rate(plan: Plan, step: int, total: int) -> float:
    """Linear up to `lr` over the warm-up, then a cosine down to a hundredth of it, or constant.

    Loshchilov, Hutter: "SGDR: Stochastic Gradient Descent with Warm Restarts" (ICLR 2017).
    """
    if step < plan.warmup:
        return plan.lr * (step + 1) / (plan.warmup + 1)
    if plan.schedule == "constant":
        return plan.lr
    done = (step - plan.warmup) / max(1, total - plan.warmup)
    return plan.lr * (0.01 + 0.99 * (1 + math.cos(math.pi * done)) / 2)


def _ready(net: nn.Module, accelerator: Accelerator) -> nn.Module:
    return net.train().to(accelerator.device, memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]


def _detached(drawn: Drawn) -> dict[str, Tensor]:
    return {name: picture.detach() for name, picture in drawn.items()}
