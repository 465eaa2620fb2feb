from collections.abc import Iterator

import pytest
import torch

from tasks.core.errors import UserError
from tasks.training.cyclegan import CycleGan
from tasks.training.face_terms import FaceTerms
from tasks.training.plan import Plan, Weights
from tests.training.unpaired import Players, assert_goes_on_to_the_bit, batch, blue, same

ALL = Weights(cycle=1.0, same=0.5, adversarial=1.0)


@pytest.fixture
def deterministic() -> Iterator[None]:
    torch.use_deterministic_algorithms(True)
    yield
    torch.use_deterministic_algorithms(False)


def _recipe(weights: Weights = ALL, r1: float = 0.0) -> CycleGan:
    plan = Plan(recipe="cyclegan", steps=100, weights=weights, r1=r1)
    return CycleGan(plan, same(), FaceTerms(plan, None, None), same)


def test_a_known_style_is_learnt_from_pictures_that_do_not_belong_together() -> None:
    recipe = _recipe()
    assert blue(recipe) == pytest.approx(0, abs=1e-6)
    Players(recipe).learn(range(60))
    assert blue(recipe) > 0.5


@pytest.mark.parametrize(
    ("weights", "terms", "pictures"),
    [
        (ALL, {"cycle", "same", "adversarial"}, 6),
        (Weights(cycle=1.0), {"cycle"}, 4),
        (Weights(same=1.0), {"same"}, 4),
        (Weights(adversarial=1.0), {"adversarial"}, 2),
    ],
    ids=["all", "cycle", "same", "adversarial"],
)
def test_a_term_without_a_weight_is_not_computed(weights: Weights, terms: set[str], pictures: int) -> None:
    recipe, shown = _recipe(weights), batch(1)
    drawn = recipe.draw(shown)
    assert set(recipe.losses(shown, drawn, 0.5)) == terms
    assert len(drawn) == pictures


def test_generators_that_change_nothing_come_back_and_leave_what_is_as_it_shall_be() -> None:
    recipe, shown = _recipe(Weights(cycle=10.0, same=5.0)), batch(1)
    assert not list(recipe.critics)
    losses = recipe.losses(shown, recipe.draw(shown), 0.5)
    assert [losses[name].item() for name in ("cycle", "same")] == pytest.approx([0, 0], abs=1e-5)
    with torch.no_grad():
        recipe.generators["back"].get_parameter("bias").add_(0.1)
    losses = recipe.losses(shown, recipe.draw(shown), 0.5)
    assert [losses[name].item() for name in ("cycle", "same")] == pytest.approx([2.0, 0.5], rel=1e-3)


def test_each_critic_has_its_own_pictures_and_no_way_into_the_generators() -> None:
    recipe, shown = _recipe(r1=1.0), batch(1)
    judged = recipe.critic_losses(shown, recipe.draw(shown), 0)
    assert set(judged) == {"critic_drawings", "critic_photos", "r1_drawings", "r1_photos"}
    torch.autograd.backward(torch.stack(list(judged.values())).sum())
    assert all(p.grad is None for p in recipe.generators.parameters())
    assert all(p.grad is not None for p in recipe.critics.parameters())
    drawings, photos = (recipe.critics[name].state_dict().values() for name in ("drawings", "photos"))
    assert not all(torch.equal(a, b) for a, b in zip(drawings, photos, strict=True))


@pytest.mark.parametrize("r1", [0.0, 1.0])
@pytest.mark.usefixtures("deterministic")
def test_a_restored_training_goes_on_to_the_bit(r1: float) -> None:
    assert_goes_on_to_the_bit(_recipe(r1=r1), _recipe(r1=r1))


def test_a_condition_is_refused() -> None:
    plan = Plan(recipe="cyclegan", steps=1, control=("style",), weights=ALL)
    with pytest.raises(UserError, match=r"control is \['style'\]; the recipe cyclegan has none"):
        CycleGan(plan, same(), FaceTerms(plan, None, None), same)
