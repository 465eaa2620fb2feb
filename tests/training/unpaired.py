"""Photos of coloured noise, and drawings of other noise in one known style: they have no blue."""

import io
from collections.abc import Iterable
from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn import functional

from tasks.training.batch import Batch
from tasks.training.recipe import Recipe

NO_BLUE = -0.8
SIDE = 32


def noise(seed: int, count: int = 4) -> Tensor:
    coarse = torch.rand(count, 3, 4, 4, generator=torch.Generator().manual_seed(seed)) * 1.6 - 0.8
    return functional.interpolate(coarse, SIDE, mode="bilinear")


def drawings(seed: int, count: int = 4) -> Tensor:
    pictures = noise(seed, count)
    return torch.cat([pictures[:, :2], torch.full_like(pictures[:, 2:], NO_BLUE)], 1)


def batch(seed: int, count: int = 4) -> Batch:
    photos, zero = noise(2 * seed, count), torch.zeros(count)
    nothing = torch.zeros(count, 0)
    skin = torch.ones(count, 1, SIDE, SIDE)
    arc, points = torch.eye(2, 3).expand(count, 2, 3), torch.zeros(count, 68, 2)
    return Batch(photos, photos, drawings(2 * seed + 1, count), zero, arc, points, skin, nothing, zero)


def same() -> nn.Conv2d:
    """A generator of one convolution that leaves pictures as they are."""
    generator = nn.Conv2d(3, 3, 3, padding=1)
    nn.init.dirac_(generator.weight)
    nn.init.zeros_(generator.bias)  # type: ignore[arg-type]
    return generator


class Players:
    """Both sides of a recipe with their optimisers, one step at a time."""

    def __init__(self, recipe: Recipe, rate: float = 0.01) -> None:
        self.recipe = recipe
        self._drawing = torch.optim.Adam(recipe.generators.parameters(), rate, betas=(0.5, 0.99))
        self._judging = torch.optim.Adam(recipe.critics.parameters(), rate / 5, betas=(0.5, 0.99))

    def learn(self, steps: Iterable[int], progress: float = 0.5) -> list[dict[str, float]]:
        return [self._step(step, progress) for step in steps]

    def _step(self, step: int, progress: float) -> dict[str, float]:
        shown = batch(step)
        drawn = self.recipe.draw(shown)
        self.recipe.critics.requires_grad_(False)
        losses = self.recipe.losses(shown, drawn, progress)
        self._descend(self._drawing, losses)
        self.recipe.critics.requires_grad_(True)
        fixed = {name: picture.detach() for name, picture in drawn.items()}
        judged = self.recipe.critic_losses(shown, fixed, step)
        self._descend(self._judging, judged)
        return {name: loss.item() for name, loss in {**losses, **judged}.items()}

    def _descend(self, optimizer: torch.optim.Optimizer, losses: dict[str, Tensor]) -> None:
        optimizer.zero_grad()
        torch.autograd.backward(torch.stack(list(losses.values())).sum())
        optimizer.step()

    def save(self) -> io.BytesIO:
        file = io.BytesIO()
        torch.save([part.state_dict() for part in self._parts()], file)
        file.seek(0)
        return file

    def restore(self, file: io.BytesIO) -> None:
        for part, values in zip(self._parts(), torch.load(file, weights_only=True), strict=True):
            part.load_state_dict(values)

    def _parts(self) -> tuple[nn.Module | torch.optim.Optimizer, ...]:
        return self.recipe.generators, self.recipe.critics, self._drawing, self._judging


def same_weights(a: Recipe, b: Recipe) -> bool:
    pairs = ((a.generators, b.generators), (a.critics, b.critics))
    return all(
        torch.equal(value, other.state_dict()[name]) for one, other in pairs for name, value in one.state_dict().items()
    )


def blue(recipe: Recipe) -> float:
    """How much of the way from its photos' blue to the drawings' the generator goes on photos it never saw, 0..1."""
    photos = noise(999, 16)
    with torch.no_grad():
        drawing = recipe.draw(replace(batch(0, 16), photos=photos))["drawing"]
    start, end = photos[:, 2].mean(), drawing[:, 2].mean()
    return ((start - end) / (start - NO_BLUE)).item()


def assert_goes_on_to_the_bit(recipe: Recipe, other: Recipe) -> None:
    """Two like recipes: one learns without a break, the other from the middle on."""
    players, resumed = Players(recipe), Players(other)
    players.learn(range(2))
    state = players.save()
    players.learn(range(2, 4))
    assert not same_weights(recipe, other)
    resumed.restore(state)
    resumed.learn(range(2, 4))
    assert same_weights(recipe, other)
