from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch

from tasks.core.errors import UserError
from tasks.training.batch import Batch
from tasks.training.face_terms import Terms
from tasks.training.loop import Training, learning_rate
from tasks.training.recipe import Drawn
from tests.training.collection import build
from tests.training.small import GAME, OFF, plan, training

PIXELS = dict.fromkeys(GAME, 0.0) | OFF | {"l1": 1.0}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    build(tmp_path, drawings=3)
    return tmp_path


def states(one: Training) -> dict[str, torch.Tensor]:
    """Every tensor that a training carries, by name."""
    nets = {**one.generators, **{f"critic {name}": net for name, net in one.critics.items()}, "average": one.average}
    return {f"{name}.{key}": tensor for name, net in nets.items() for key, tensor in net.state_dict().items()}


def assert_equal(one: Training, other: Training) -> None:
    there = states(other)
    for name, tensor in states(one).items():
        assert torch.equal(tensor, there[name]), name
    assert one.history == other.history


def test_the_rate_climbs_to_its_peak_and_falls_to_a_hundredth() -> None:
    rates = [learning_rate(plan(steps=100, warmup=10, lr=1.0), step, 100) for step in range(100)]
    assert rates[:11] == sorted(rates[:11]) and rates[10] == max(rates) == 1.0
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[-1] == pytest.approx(0.01, abs=1e-3)


def test_training_brings_the_drawings_nearer_to_their_targets(root: Path) -> None:
    one, stream = training(plan(steps=40, sizes=[32], lr=1e-2, warmup=2, weights=PIXELS), root)
    rows = list(one.run(stream.batches))
    assert sum(row["l1"] for row in rows[-8:]) < 0.8 * sum(row["l1"] for row in rows[:8])


RECIPES: list[dict[str, Any]] = [
    {"recipe": "paired"},
    {"recipe": "paired", "precision": "bf16", "weights": OFF | GAME},
    {"recipe": "paired", "spectral_norm": False, "frozen_critic_layers": 1, "r1": 1.0},
    {"recipe": "paired", "accumulate": 2, "layers": "staged", "critic_rate": 1.0},
    {"preset": "animegan", "weights": {"identity": 0, "landmarks": 0}},
    {"preset": "cyclegan", "weights": {"identity": 0, "landmarks": 0}},
]


@pytest.mark.parametrize("changes", RECIPES, ids=lambda c: "-".join(str(v) for v in c.values() if isinstance(v, str)))
def test_a_restored_training_goes_on_to_the_same_bits(root: Path, changes: dict[str, Any]) -> None:
    if "preset" in changes:  # the unpaired ones have losses of their own
        changes = {"weights": dict.fromkeys(GAME, 0.0) | changes["weights"]} | {"preset": changes["preset"]}
    given = plan(**changes)
    straight, first, second = (training(given, root) for _ in range(3))
    list(straight[0].run(straight[1].batches))
    rows = first[0].run(first[1].batches)
    for _ in range(3):
        next(rows)
    second[0].restore(first[0].state())
    list(second[0].run(second[1].batches))
    assert_equal(straight[0], second[0])
    assert [row["step"] for row in second[0].history] == [1, 2, 3, 4, 5, 6]


def test_parts_of_a_batch_add_up_to_the_whole(root: Path) -> None:
    """A norm over the batch sees fewer pictures at once, so the generator without such norms is compared."""
    changes: dict[str, Any] = {"architecture": "animeganv2", "steps": 1, "warmup": 0, "sizes": [32], "batch": 4}
    whole, parts = (training(plan(accumulate=n, weights=PIXELS, **changes), root) for n in (1, 4))
    for one, stream in (whole, parts):
        list(one.run(stream.batches))
    both = (one.generators["generator"].named_parameters() for one in (whole[0], parts[0]))
    for (name, a), (_, b) in zip(*both, strict=True):
        assert a.grad is not None and b.grad is not None
        assert (a.grad - b.grad).norm() <= 1e-2 * a.grad.norm() + 1e-7, name
    assert whole[0].history[0]["l1"] == pytest.approx(parts[0].history[0]["l1"], rel=1e-5)


def test_the_head_alone_moves_when_only_the_head_is_trained(root: Path) -> None:
    one, stream = training(plan(architecture="animeganv2", layers="head", steps=2, sizes=[32], weights=PIXELS), root)
    before = {name: tensor.clone() for name, tensor in one.generators["generator"].state_dict().items()}
    list(one.run(stream.batches))
    after = one.generators["generator"].state_dict()
    moved = {name for name, tensor in after.items() if not torch.equal(tensor, before[name])}
    assert moved and all(name.startswith(("block_e.1.", "block_e.2.", "out_layer.")) for name in moved)


def test_staged_unfreezing_reaches_the_first_layers_last(root: Path) -> None:
    one, stream = training(plan(architecture="animeganv2", layers="staged", sizes=[32], weights=PIXELS), root)
    generator, learning = one.generators["generator"], []
    for _ in one.run(stream.batches):
        learning.append({name.split(".")[0] for name, p in generator.named_parameters() if p.requires_grad})
    assert learning[0] == {"block_e", "out_layer"}
    assert learning[-1] == {"block_a", "block_b", "block_c", "block_d", "block_e", "out_layer"}
    assert all(before <= after for before, after in pairwise(learning))


def test_the_mean_of_the_weights_lags_behind_them(root: Path) -> None:
    one, stream = training(plan(sizes=[32], average=0.9, lr=1e-2, weights=PIXELS), root)
    start = {name: tensor.clone() for name, tensor in one.average.state_dict().items()}
    list(one.run(stream.batches))
    now, mean = one.generators["generator"].state_dict()["head.weight"], one.average.state_dict()["head.weight"]
    assert 0 < (mean - start["head.weight"]).norm() < (now - start["head.weight"]).norm()


def test_the_scaling_that_float16_needs_changes_no_step(root: Path) -> None:
    plain, scaled = (training(plan(sizes=[32], steps=4, lr=1e-3), root) for _ in range(2))
    scaled[0].accelerator.scaler = torch.amp.GradScaler("cpu", init_scale=4096.0)
    for one, stream in (plain, scaled):
        list(one.run(stream.batches))
    assert scaled[0].accelerator.scaler.get_scale() == 4096
    there = states(scaled[0])
    for name, tensor in states(plain[0]).items():
        torch.testing.assert_close(tensor, there[name], atol=1e-5, rtol=1e-3, msg=name)


def test_a_step_that_float16_cannot_hold_is_skipped_and_the_scale_halved(root: Path) -> None:
    one, stream = training(plan(sizes=[32], steps=1, weights=OFF | GAME | {"l1": 1e4}), root)
    one.accelerator.scaler = torch.amp.GradScaler("cpu", init_scale=2.0**126)
    before = {name: tensor.clone() for name, tensor in one.generators["generator"].named_parameters()}
    list(one.run(stream.batches))
    assert one.accelerator.scaler.get_scale() == 2.0**125
    assert all(torch.equal(tensor, before[name]) for name, tensor in one.generators["generator"].named_parameters())


def test_a_critics_gradient_that_is_no_number_stops_before_it_is_taken(root: Path) -> None:
    one, stream = training(plan(sizes=[32]), root)
    judge = one.recipe.critic_losses

    def broken(batch: Batch, drawn: Drawn, step: int) -> Terms:
        terms = judge(batch, drawn, step)
        return terms | {"critic": terms["critic"] + (terms["critic"] - terms["critic"].detach()).sqrt()}  # slope: inf

    one.recipe.critic_losses = broken  # type: ignore[method-assign]
    before = {name: tensor.clone() for name, tensor in states(one).items()}
    with pytest.raises(UserError, match="gradient of the critic is"):
        list(one.run(stream.batches))
    learned = [n for n, tensor in states(one).items() if n.endswith("weight") and not torch.equal(tensor, before[n])]
    assert not learned
