"""The page's events without a browser: what they ask of the handler, and what they show."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("gradio")

import gradio as gr

from tasks.core.errors import UserError
from tasks.pages.knobs import KNOBS
from tasks.pages.studio_events import ANY, BROKEN, CHOOSE, Controls, Events, Shown

MODELS: dict[str, Controls] = {
    "Plain": {},
    "Told": {"hair": ("black", "red")},
    "Other": {"age": ("young",), "hair": ("red",)},
}
PHOTO = {"path": "/uploads/photo.png"}
KNOBS_OFF = [1.0, *(part for knob in KNOBS for part in (False, knob.on))]


class Handler:
    """It writes down what it is asked, and fails as it is told."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.asked: list[Any] = []
        self.fault = fault

    def _shown(self, *asked: Any) -> Shown:
        self.asked.append(asked)
        if self.fault:
            raise self.fault
        return Shown("key", "1", "3 < 4")

    def take(self, session: str, upload: Path) -> Shown:
        return self._shown("take", session, upload)

    def example(self, session: str, name: str) -> Shown:
        return self._shown("example", session, name)

    def draw(self, session: str, model: str, mode: str, wishes: Mapping[str, str], steps: Mapping[str, float]) -> Shown:
        return self._shown("draw", session, model, mode, dict(wishes), steps["strength"])

    def finish(self, session: str, steps: Mapping[str, float]) -> Shown:
        return self._shown("finish", session, steps["strength"])

    def leave(self, session: str) -> None:
        self.asked.append(("leave", session))


@pytest.fixture
def request_() -> gr.Request:
    return gr.Request(session_hash="ada")


def events(handler: Handler) -> Events:
    return Events(handler, MODELS, ["webp", "png"])


@pytest.mark.parametrize(
    ("model", "wishes"),
    [("Plain", {}), ("Told", {"hair": "black"}), ("Other", {"age": "young"})],
)
def test_only_what_a_generator_knows_is_wished_for(request_: gr.Request, model: str, wishes: dict[str, str]) -> None:
    handler = Handler()
    events(handler).draw(request_, PHOTO, model, "face", "young", "black", *KNOBS_OFF)
    assert handler.asked == [("draw", "ada", model, "face", wishes, 1.0)]


def test_controls_of_another_generator_are_hidden_and_a_known_word_stays() -> None:
    choices = events(Handler()).choices
    assert [update["visible"] for update in choices("Plain", ANY, "red")] == [False, False]
    assert [update["value"] for update in choices("Other", "young", "red")] == ["young", "red"]
    assert [update["value"] for update in choices("Told", "young", "black")] == [ANY, "black"]
    assert choices("Told", ANY, ANY)[1]["choices"] == [ANY, "black", "red"]


def test_a_drawing_is_shown_by_addresses_alone(request_: gr.Request) -> None:
    pair, words, files = events(Handler()).finish(request_, PHOTO, *KNOBS_OFF)
    assert [picture["url"] for picture in pair] == ["/looks/key/before?v=1", "/looks/key/after?v=1"]
    assert [picture["path"] for picture in pair] == [None, None]
    assert words == "3 &lt; 4"
    assert files.count("<a href=") == 2 and "/looks/key/drawing.webp" in files


@pytest.mark.parametrize(
    ("fault", "words"),
    [(UserError("No <face>."), "No &lt;face&gt;."), (ZeroDivisionError("secret"), BROKEN)],
    ids=["plain", "broken"],
)
def test_a_fault_is_told_in_words_and_forgets_the_photo_before(
    request_: gr.Request, fault: Exception, words: str
) -> None:
    handler = Handler(fault)
    assert events(handler).take(request_, PHOTO) == [None, None, f'<p class="fault" role="alert">{words}</p>', ""]
    assert handler.asked[-1] == ("leave", "ada")


def test_without_a_photo_nothing_is_asked(request_: gr.Request) -> None:
    handler = Handler()
    events(handler).draw(request_, None, "Plain", "face", ANY, ANY, *KNOBS_OFF)
    events(handler).finish(request_, None, *KNOBS_OFF)
    assert handler.asked == []
    assert events(handler).take(request_, None) == [None, None, CHOOSE, ""]
    assert handler.asked == [("leave", "ada")]


def test_an_amount_beyond_its_knob_is_a_fault_in_words_when_it_is_drawn_too(request_: gr.Request) -> None:
    handler = Handler()
    for answer in (
        events(handler).draw(request_, PHOTO, "Plain", "face", ANY, ANY, 5.0, *KNOBS_OFF[1:]),
        events(handler).finish(request_, PHOTO, 5.0, *KNOBS_OFF[1:]),
    ):
        assert answer == [None, '<p class="fault" role="alert">“Strength” goes from 0 to 1.</p>', ""]
    assert handler.asked == []
