from pathlib import Path

import pytest
import torch

from tasks.nets.generator import Generator, new_generator
from tasks.training.paired import Judges
from tasks.training.stream import Pairs
from tasks.training.recipe import Recipe, Weights
from tasks.training.loop import Training, bf16_supported, draw, learning_rate
from tests.training.collection import build

PIXELS = Weights(perceptual=0, identity=0, adversarial=0)


@pytest.fixture
def pairs(tmp_path: Path) -> Pairs:
    build(tmp_path)
    return Pairs(tmp_path / "data/align", tmp_path / "data/teacher", tmp_path / "data/pair.parquet")


def test_the_rate_climbs_to_its_peak_and_falls_to_a_hundredth() -> None:
    recipe = Recipe(steps=100, warmup=10, lr=1.0)
    rates = [learning_rate(recipe, step) for step in range(100)]
    assert rates[:11] == sorted(rates[:11]) and rates[10] == max(rates) == 1.0
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[-1] == pytest.approx(0.01, abs=1e-3)


def test_half_width_draws_nearly_the_same_and_trains_full_width_weights() -> None:
    torch.manual_seed(0)
    generator, photos = Generator(), torch.rand(1, 3, 64, 64) * 2 - 1
    narrow, full = draw(generator, photos, True), draw(generator, photos, False)
    assert narrow.dtype == torch.float32
    assert (narrow - full).abs().mean() < 0.02
    torch.autograd.backward(narrow.sum())
    assert {p.grad.dtype for p in generator.parameters() if p.grad is not None} == {torch.float32}
    assert isinstance(bf16_supported(), bool)


def test_training_brings_the_drawings_nearer_to_their_targets(pairs: Pairs) -> None:
    recipe = Recipe(init="scratch", steps=40, size=32, batch=2, frames=0, lr=1e-3, warmup=2, weights=PIXELS)
    rows = list(Training(recipe, new_generator(0), Judges(None, None, None), pairs).run())
    assert sum(row["l1"] for row in rows[-8:]) < 0.8 * sum(row["l1"] for row in rows[:8])


def test_a_restored_training_goes_on_to_the_same_weights(pairs: Pairs) -> None:
    recipe = Recipe(init="scratch", steps=6, size=32, batch=2, warmup=2, weights=PIXELS)

    def fresh() -> Training:
        torch.manual_seed(0)
        return Training(recipe, Generator(), Judges(None, None, None), pairs)

    straight, first, second = fresh(), fresh(), fresh()
    list(straight.run())
    rows = first.run()
    for _ in range(3):
        next(rows)
    second.restore(first.state())
    list(second.run())
    for name, tensor in straight.average.state_dict().items():
        assert torch.equal(tensor, second.average.state_dict()[name]), name
    assert straight.history == second.history
