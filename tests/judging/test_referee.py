import pytest

from tasks.core.errors import UserError
from tasks.faces import registry
from tasks.judging.referee import Referee, choose


@pytest.mark.parametrize(
    ("loss", "at_hand", "score", "independent"),
    [
        ("embedded", (), "dlib", False),
        ("embedded", ("mobilefacenet_112",), "mobilefacenet_112", True),
        ("mobilefacenet_112", ("mobilefacenet_112",), "dlib", True),
        ("mobilefacenet_112", ("mobilefacenet_112", "w600k_mbf"), "w600k_mbf", True),
        ("models/mobilefacenet_112.onnx", ("mobilefacenet_112",), "dlib", True),
        ("dlib", (), "dlib", False),
        (None, (), "dlib", True),
    ],
)
def test_auto_takes_an_encoder_that_training_never_saw_wherever_one_is_at_hand(
    monkeypatch: pytest.MonkeyPatch, loss: str | None, at_hand: tuple[str, ...], score: str, independent: bool
) -> None:
    monkeypatch.setattr(registry, "find_allowed", lambda name, _licence: name if name in at_hand else None)
    referee = choose("auto", loss, "any")
    assert (referee.score, referee.independent) == (score, independent)


def test_an_encoder_named_is_taken_even_where_it_is_not_independent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "find_allowed", lambda _name, _licence: None)
    assert choose("dlib", "embedded", "any") == Referee("dlib", "embedded")


def test_an_unknown_encoder_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UserError, match=r"evaluate.encoder is 'dlip'; did you mean dlib\?"):
        choose("dlip", None, "any")


@pytest.mark.parametrize(
    ("referee", "words"),
    [
        (Referee("dlib", "embedded"), "distilled from dlib"),
        (Referee("dlib", "dlib"), "so does the score"),
        (Referee("dlib", "sface"), "training never saw"),
        (Referee("dlib", None), "no identity term"),
    ],
)
def test_the_reader_is_told_how_far_to_trust_the_score(referee: Referee, words: str) -> None:
    assert words in referee.why


def test_the_second_opinion_is_of_another_family_and_independent_where_it_can_be(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at_hand = ("mobilefacenet_112", "sface")
    monkeypatch.setattr(registry, "find_allowed", lambda name, _licence: name if name in at_hand else None)
    assert choose("auto", "embedded", "any").second == "sface"
    assert choose("dlib", "sface", "any").second == "mobilefacenet_112"


def test_an_encoder_of_a_loss_behind_the_model_is_no_independent_one(monkeypatch: pytest.MonkeyPatch) -> None:
    at_hand = ("mobilefacenet_112", "sface")
    monkeypatch.setattr(registry, "find_allowed", lambda name, _licence: name if name in at_hand else None)
    found = choose("auto", None, "any", behind=("mobilefacenet_112",))
    assert (found.score, found.independent) == ("sface", True)
    told = Referee("mobilefacenet_112", None, behind=("mobilefacenet_112",))
    assert not told.independent
    assert told.why.startswith("The loss of a model behind this one used mobilefacenet_112, and so does the score")
