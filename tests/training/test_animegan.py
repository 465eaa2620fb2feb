from collections.abc import Iterator

import pytest
import torch

from tasks.core.errors import UserError
from tasks.training.animegan import INITIAL, AnimeGan
from tasks.training.face_terms import FaceTerms
from tasks.training.plan import Plan, Weights
from tests.training.unpaired import Players, assert_goes_on_to_the_bit, batch, blue, same

ALL = Weights(content=0.2, gram=0.5, colour=0.5, smooth=0.1, adversarial=3.0)


@pytest.fixture
def deterministic() -> Iterator[None]:
    torch.use_deterministic_algorithms(True)
    yield
    torch.use_deterministic_algorithms(False)


def _recipe(weights: Weights = ALL, init: str = "base", r1: float = 0.0, frozen: int = 0) -> AnimeGan:
    plan = Plan(recipe="animegan", steps=100, init=init, weights=weights, r1=r1, frozen_critic_layers=frozen)
    return AnimeGan(plan, same(), FaceTerms(plan, None, None))


def test_a_known_style_is_learnt_from_pictures_that_do_not_belong_together() -> None:
    recipe = _recipe()
    assert blue(recipe) == pytest.approx(0, abs=1e-6)
    Players(recipe).learn(range(60))
    assert blue(recipe) > 0.5


def test_without_the_critic_a_drawing_keeps_the_photo_s_colours() -> None:
    recipe = _recipe(Weights(content=1, gram=0.5, colour=5, smooth=0.1))
    assert not list(recipe.critics)
    shown = batch(3)
    assert recipe.critic_losses(shown, recipe.draw(shown), 0) == {}
    assert recipe.losses(shown, recipe.draw(shown), 0.5)["colour"].item() == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    ("init", "progress", "expected"),
    [
        ("scratch", 0.0, {"content"}),
        ("scratch", INITIAL, {"content", "gram", "colour", "smooth", "adversarial"}),
        ("base", 0.0, {"content", "gram", "colour", "smooth", "adversarial"}),
    ],
    ids=["a new generator learns content first", "then all", "one that draws begins with all"],
)
def test_the_terms_of_each_phase(init: str, progress: float, expected: set[str]) -> None:
    recipe, shown = _recipe(init=init), batch(1)
    assert set(recipe.losses(shown, recipe.draw(shown), progress)) == expected


@pytest.mark.parametrize("name", ["content", "gram", "colour", "smooth", "adversarial"])
def test_a_term_alone_is_computed_alone_and_grows_with_its_weight(name: str) -> None:
    shown = batch(1)
    once, twice = (_recipe(Weights(**{name: weight})) for weight in (1.0, 2.0))
    with torch.no_grad():
        for recipe in (once, twice):
            recipe.generators["generator"].get_parameter("bias").add_(0.2)
    first, second = (recipe.losses(shown, recipe.draw(shown), 0.5) for recipe in (once, twice))
    assert set(first) == {name}
    assert second[name].item() == pytest.approx(2 * first[name].item())
    assert first[name].item() > 0


def test_the_critic_is_shown_four_kinds_of_pictures_and_no_way_into_the_generator() -> None:
    recipe, shown = _recipe(r1=1.0), batch(1)
    drawn = recipe.draw(shown)
    judged = recipe.critic_losses(shown, drawn, 0)
    assert set(judged) == {"critic_real", "critic_drawn", "critic_grey", "critic_edges", "r1"}
    torch.autograd.backward(torch.stack(list(judged.values())).sum())
    assert all(p.grad is None for p in recipe.generators.parameters())
    assert all(p.grad is not None for p in recipe.critics.parameters())


@pytest.mark.parametrize("r1", [0.0, 1.0])
@pytest.mark.usefixtures("deterministic")
def test_a_restored_training_goes_on_to_the_bit(r1: float) -> None:
    assert_goes_on_to_the_bit(_recipe(r1=r1, frozen=1), _recipe(r1=r1, frozen=1))


def test_a_condition_is_refused() -> None:
    plan = Plan(recipe="animegan", steps=1, control=("hair",), weights=ALL)
    with pytest.raises(UserError, match=r"control is \['hair'\]; the recipe animegan has none"):
        AnimeGan(plan, same(), FaceTerms(plan, None, None))
