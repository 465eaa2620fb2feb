"""What happens on the studio's page: Gradio's events as calls of a handler, and its answers as values of components.

Gradio neither reads nor writes a picture here: events carry addresses, and the pictures come from memory under these.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, Protocol

import gradio as gr

from tasks.core.errors import UserError
from tasks.pages import knobs

ANY = "any"  # the choice that wishes for nothing
CHOOSE = "Choose a photo."
BROKEN = "Something went wrong here; the terminal says what."
EMPTY = (None, CHOOSE, "")  # of the pair, the words and the files
SAME = [gr.skip()] * len(EMPTY)

Controls = Mapping[str, Sequence[str]]  # the words that a generator can be asked for, by control

log = logging.getLogger("selfie2anime")


@dataclass(frozen=True)
class Shown:
    """What the page is to show: the key of the pictures, their version, and a line of words."""

    key: str
    version: str
    words: str


class Handler(Protocol):
    """What answers the page; each raises UserError in plain words."""

    def take(self, session: str, upload: Path) -> Shown:
        """A photo has come."""

    def example(self, session: str, name: str) -> Shown:
        """An example was chosen."""

    def draw(self, session: str, model: str, mode: str, wishes: Mapping[str, str], steps: Mapping[str, float]) -> Shown:
        """It is to be drawn."""

    def finish(self, session: str, steps: Mapping[str, float]) -> Shown:
        """Other steps are to be done."""

    def leave(self, session: str) -> None:
        """The session is over."""


class Events:
    """Every event of the page; `formats` are those of the download, `models` what each generator can be asked for."""

    def __init__(self, handler: Handler, models: Mapping[str, Controls], formats: Sequence[str]) -> None:
        self._handler, self._models, self._formats = handler, models, formats
        self.controls = sorted({control for controls in models.values() for control in controls})

    def take(self, request: gr.Request, photo: Mapping[str, Any] | None) -> list[Any]:
        """A photo was chosen or taken; None: it was put away."""
        if not photo or not photo.get("path"):
            self._handler.leave(_session(request))
            return [None, *EMPTY]
        return self._taken(request, lambda: self._handler.take(_session(request), Path(photo["path"])))

    def example(self, name: str) -> Callable[[gr.Request], list[Any]]:
        """An example was chosen."""

        def chosen(request: gr.Request) -> list[Any]:
            return self._taken(request, lambda: self._handler.example(_session(request), name))

        return chosen

    def draw(self, request: gr.Request, photo: Mapping[str, Any] | None, *asks: Any) -> list[Any]:
        """A photo came, or another generator, mode or wish was chosen: it is drawn."""
        if not photo:
            return SAME
        model, mode, *rest = asks
        known = self._models.get(model, {})
        wished = zip(self.controls, rest, strict=False)  # the knobs come after them
        wishes = {control: word for control, word in wished if word in known.get(control, ())}
        amounts = rest[len(self.controls) :]
        draw = self._handler.draw
        return self._answer(lambda: draw(_session(request), model, mode, wishes, knobs.steps(amounts)))

    def finish(self, request: gr.Request, photo: Mapping[str, Any] | None, *values: float | None) -> list[Any]:
        """Another amount of a step was chosen."""
        if not photo:
            return SAME
        return self._answer(lambda: self._handler.finish(_session(request), knobs.steps(values)))

    def leave(self, request: gr.Request) -> None:
        """The page was closed."""
        self._handler.leave(_session(request))

    def choices(self, model: str, *words: str) -> list[dict[str, Any]]:
        """What each control offers with that generator; a word that it knows stays, a control it has not is hidden."""
        offered = [self._models.get(model, {}).get(control) for control in self.controls]
        return [
            gr.update(
                visible=known is not None, choices=[ANY, *(known or ())], value=word if word in (known or ()) else ANY
            )
            for known, word in zip(offered, words, strict=True)
        ]

    def _taken(self, request: gr.Request, work: Callable[[], Shown]) -> list[Any]:
        shown = plain(work)
        if isinstance(shown, Shown):
            return [picture(shown, "photo"), None, escape(shown.words), ""]
        self._handler.leave(_session(request))  # nor is the photo before it drawn again
        return [None, None, shown, ""]

    def _answer(self, work: Callable[[], Shown]) -> list[Any]:
        shown = plain(work)
        if isinstance(shown, str):
            return [None, shown, ""]
        pair = [picture(shown, "before"), picture(shown, "after")]
        return [pair, escape(shown.words), "Download" + "".join(link(shown, form) for form in self._formats)]


def picture(shown: Shown, which: str) -> dict[str, Any]:
    """A picture as Gradio's components take it: by its address."""
    address = f"/looks/{shown.key}/{which}?v={shown.version}"
    return {"url": address, "path": None, "orig_name": f"{which}.webp", "meta": {"_type": "gradio.FileData"}}


def link(shown: Shown, form: str) -> str:
    """The link to the drawing as a file."""
    name = f"drawing.{form}"
    return f'<a href="/looks/{shown.key}/{name}" download="{name}">{form.upper()}</a>'


def plain(work: Callable[[], Shown]) -> Shown | str:
    """What came of it, or the fault as a paragraph in plain words."""
    try:
        return work()
    except UserError as fault:
        words = str(fault)
    except Exception:
        log.exception("studio: a request failed")
        words = BROKEN
    return f'<p class="fault" role="alert">{escape(words)}</p>'


def _session(request: gr.Request) -> str:
    return str(request.session_hash)
