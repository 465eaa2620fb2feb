from typing import Any

import pytest

from tasks.core.errors import UserError
from tasks.core.params import parse
from tasks.training.plan import Plan
from tasks.training.presets import PRESETS

BAD: list[tuple[dict[str, Any], str]] = [
    ({"layers": "tail"}, "finetune.layers is 'tail'; known: all, head, staged"),
    ({"recipe": "pared"}, "finetune.recipe is 'pared'; did you mean paired?"),
    ({"architecture": "unet"}, "finetune.architecture is 'unet'"),
    ({"precision": "int8"}, "finetune.precision is 'int8'"),
    ({"preset": "publishd"}, "preset is 'publishd'; did you mean published?"),
    ({"steps": 0}, "finetune.steps is 0 and finetune.epochs is 0; give one of the two"),
    ({"steps": 5, "epochs": 1.0}, "finetune.steps is 5 and finetune.epochs is 1; give one of the two"),
    ({"batch": 4, "accumulate": 3}, "finetune.batch is 4 and finetune.accumulate is 3"),
    ({"sizes": []}, "finetune.sizes is empty"),
    ({"sizes": [128, 30]}, "finetune.sizes holds 30"),
    ({"lr": 0}, "finetune.lr is 0"),
    ({"average": 1}, "finetune.average is 1"),
    ({"identity_margin": 0}, "finetune.identity_margin is 0"),
    ({"face_ramp": 2}, "finetune.face_ramp is 2"),
    ({"control": ["hat"]}, "finetune.control is 'hat'"),
    ({"augment": {"zoom": 0.9}}, "augment.zoom is 0.9"),
    ({"augment": {"dark_hair": -1}}, "augment.dark_hair is -1"),
    ({"weights": {"l1": -1}}, "weights.l1 is -1"),
    ({"weights": {"lpips": 1}}, "finetune.weights.lpips is unknown"),
    ({"weights": {"cycle": 1}}, "weights.cycle is 1.0, and the recipe paired has no such loss"),
    ({"step": 5}, "did you mean steps"),
]


def given(values: dict[str, Any]) -> Plan:
    return parse("finetune", Plan.complete(values), Plan)


@pytest.mark.parametrize(("values", "message"), BAD, ids=[message for _, message in BAD])
def test_a_bad_parameter_is_refused_with_its_value(values: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError) as refused:
        given(values)
    assert message in str(refused.value)


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_is_a_plan(name: str) -> None:
    assert given({"preset": name}).preset == name


def test_the_published_preset_is_the_article_to_the_letter() -> None:
    plan = given({"preset": "published"})
    assert (plan.layers, plan.epochs, plan.lr) == ("head", 5, 1e-5)
    losses = {name: weight for name, weight in vars(plan.weights).items() if weight}
    assert losses == {"l1": 1.0, "perceptual": 2.0, "identity": 0.5}
    assert plan.total(pictures=800) == 1000  # five epochs of batches of four


def test_what_is_given_lies_over_the_preset() -> None:
    plan = given({"preset": "published", "steps": 7, "weights": {"skin": 1.0}})
    assert (plan.steps, plan.epochs, plan.layers) == (7, 0, "head")
    assert (plan.weights.skin, plan.weights.perceptual) == (1.0, 2.0)


def test_sizes_share_the_steps_in_their_order() -> None:
    plan = given({"sizes": [128, 256, 512]})
    assert [plan.size_at(step, 7) for step in range(7)] == [128, 128, 128, 256, 256, 512, 512]
