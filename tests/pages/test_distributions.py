from dataclasses import replace

import numpy as np

from tasks.judging.referee import Referee
from tasks.pages import distributions
from tests.pages.comparison import result


def test_identity_is_shown_beside_what_strangers_score_for_both_encoders() -> None:
    charts = distributions.charts_of(result(released=True))
    for caption in ("Identity of each face, by dlib", "The same by a second encoder, sface"):
        assert all(f'class="steps {name}"' in charts[caption] for name in ("strangers", "base", "release", "new"))


def test_without_a_second_encoder_there_is_no_chart_of_it() -> None:
    found = replace(result(), referee=Referee("dlib", None))
    assert not any("second" in caption for caption in distributions.charts_of(found))


def test_faces_of_one_person_tell_nothing_of_strangers() -> None:
    found = replace(result(), strangers=np.array([]), strangers_second=np.array([]))
    assert "unknown" in distributions.strangers(found)
    assert 'class="steps strangers"' not in "".join(distributions.charts_of(found).values())


def test_face_by_face_the_new_model_stands_against_the_one_to_beat() -> None:
    assert "identity, base" in distributions.charts_of(result())["Identity, face by face"]
    assert "identity, release" in distributions.charts_of(result(released=True))["Identity, face by face"]


def test_rates_and_critics_are_no_losses() -> None:
    steps = np.arange(1.0, 9)
    history = {"step": steps, "lr": steps, "critic": steps, "l1": steps, "never": np.full(8, np.nan)}
    assert distributions.loss_names(history) == ["l1"]
    assert distributions.losses(history).count('class="line ') == 1
