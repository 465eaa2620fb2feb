import copy
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tasks.core.errors import UserError
from tasks.nets.condition import Conditioned, Vocabulary, read_vocabulary
from tasks.nets.generator import Generator
from tasks.nets.student import new_student

VOCABULARY = Vocabulary((("hair", ("black", "blonde", "red")), ("style", ("hosoda", "kyoani"))))
PHOTO = torch.rand(2, 3, 20, 24, generator=torch.Generator().manual_seed(0)) * 2 - 1


def animegan() -> Generator:
    torch.manual_seed(0)
    return Generator()


def drawing_student() -> nn.Module:
    student = new_student(0)
    nn.init.normal_(student.head.weight, std=0.2)
    return student


def controlled(vocabulary: Vocabulary, generator: nn.Module, taught: bool = True) -> Conditioned:
    torch.manual_seed(1)
    model = Conditioned(generator, vocabulary)
    if taught:
        nn.init.normal_(model.condition.layers[-1].get_parameter("weight"), std=0.3)
    return model.eval()


def drawn(model: Conditioned, strength: float, **wishes: str) -> Tensor:
    asked = torch.from_numpy(model.vocabulary.vector(wishes)).expand(len(PHOTO), -1)
    with torch.no_grad():
        out: Tensor = model(PHOTO, asked, torch.full((len(PHOTO),), strength))
    return out


@pytest.mark.parametrize(
    ("wishes", "vector"),
    [
        ({}, [0, 0, 0, 0, 0]),
        ({"hair": "unknown"}, [0, 0, 0, 0, 0]),
        ({"hair": "blonde"}, [0, 1, 0, 0, 0]),
        ({"style": "kyoani", "hair": "red"}, [0, 0, 1, 0, 1]),
    ],
)
def test_a_wish_is_a_one_in_its_place_and_what_is_unknown_is_zeros(wishes: dict[str, str], vector: list[float]) -> None:
    np.testing.assert_array_equal(VOCABULARY.vector(wishes), vector)
    assert VOCABULARY.size == 5 and VOCABULARY.vector(wishes).dtype == np.float32


@pytest.mark.parametrize(
    ("wishes", "message"),
    [({"hiar": "red"}, "'hiar' is unknown; did you mean hair"), ({"hair": "blond"}, "'blond' .* did you mean blonde")],
)
def test_a_wish_nobody_knows_is_named(wishes: dict[str, str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        VOCABULARY.vector(wishes)


@pytest.mark.parametrize("vocabulary", [VOCABULARY, Vocabulary()])
def test_a_vocabulary_survives_its_text(vocabulary: Vocabulary) -> None:
    assert read_vocabulary(vocabulary.written()) == vocabulary


@pytest.mark.parametrize("vocabulary", [VOCABULARY, Vocabulary()])
@pytest.mark.parametrize("make", [animegan, drawing_student])
def test_strength_0_is_the_photo_and_1_the_drawing_to_the_bit(
    make: Callable[[], nn.Module], vocabulary: Vocabulary
) -> None:
    generator = make().eval()
    model = controlled(vocabulary, generator, taught=False)
    assert torch.equal(drawn(model, 0.0), PHOTO)
    with torch.no_grad():
        assert torch.equal(drawn(model, 1.0), generator(PHOTO))
    assert torch.equal(drawn(controlled(vocabulary, generator), 0.0), PHOTO)


@pytest.mark.parametrize("make", [animegan, drawing_student])
def test_a_condition_that_has_learned_draws_by_what_is_asked(make: Callable[[], nn.Module]) -> None:
    model = controlled(VOCABULARY, make())
    plain = drawn(model, 1.0)
    assert not torch.equal(drawn(model, 1.0, hair="red"), plain)
    half = drawn(model, 0.5)
    assert (half - PHOTO).abs().mean() < (plain - PHOTO).abs().mean()


def test_the_generator_s_weights_keep_their_names_and_find_back() -> None:
    model, student = controlled(VOCABULARY, new_student(0)), new_student(0)
    state = model.state_dict()
    assert {name for name in state if not name.startswith("condition.")} == set(student.state_dict())
    again = Conditioned(new_student(5), VOCABULARY).eval()
    again.load_state_dict(copy.deepcopy(state))
    assert torch.equal(drawn(again, 0.7, hair="red"), drawn(model, 0.7, hair="red"))
    wrapped = nn.ModuleDict({"generator": copy.deepcopy(model)})
    wrapped.load_state_dict(nn.ModuleDict({"generator": model}).state_dict())


def test_a_new_condition_learns_at_once() -> None:
    model = controlled(VOCABULARY, drawing_student(), taught=False).train()
    torch.autograd.backward(model(PHOTO, torch.zeros(2, 5), torch.ones(2)).mean())
    gradient = model.condition.layers[-1].get_parameter("weight").grad
    assert gradient is not None and gradient.any()
