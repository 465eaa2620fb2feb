"""The page of the studio: a photo on one side, its drawing on the other, and what can be changed between them.

Gradio neither reads nor writes a picture here: events carry addresses, and the pictures come from memory under these.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, Protocol

import gradio as gr

from tasks.core.errors import UserError

HERE = Path(__file__).parent
MODES = (("face", "face"), ("whole picture", "frame"), ("faces set back", "paste"))
WAITING = 16  # requests that may queue up
BROKEN = "Something went wrong here; the terminal says what."
TITLE = "<h1>Studio</h1><p>Photos stay in this machine's memory and are forgotten when you leave.</p>"
SANS = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "sans-serif"]

log = logging.getLogger("selfie2anime")


@dataclass(frozen=True)
class Knob:
    """A step after the generator: its name in Steps, its words, its range 0..most, and its value when switched on."""

    name: str
    words: str
    most: float
    on: float


KNOBS = (
    Knob("lens", "Clean glasses", 1, 1),
    Knob("hair", "Keep hair colour", 1, 1),
    Knob("denoise", "Denoise", 100, 25),
    Knob("colour", "Photo's colours", 1, 0.5),
    Knob("grey_world", "Grey world", 1, 0.5),
    Knob("sharpen", "Sharpen", 3, 0.5),
)


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

    def draw(self, session: str, model: str, mode: str, steps: dict[str, float]) -> Shown:
        """It is to be drawn."""

    def finish(self, session: str, steps: dict[str, float]) -> Shown:
        """Other steps are to be done."""

    def leave(self, session: str) -> None:
        """The session is over."""


def page(handler: Handler, models: Sequence[str], examples: Sequence[str], formats: Sequence[str]) -> gr.Blocks:
    """The page with these generators, examples and formats of the download."""
    with gr.Blocks(analytics_enabled=False, title="selfie2anime studio") as blocks:
        gr.HTML(TITLE, elem_id="title")
        with gr.Row():
            with gr.Column(scale=2, min_width=280):
                photo = gr.Image(
                    label="Photo", sources=["upload", "webcam", "clipboard"], buttons=[], height=320, elem_id="photo"
                )
                with gr.Row():
                    buttons = [(name, gr.Button(f"Example: {name}", size="sm")) for name in examples]
                model = gr.Dropdown(list(models), value=models[0], label="Generator", elem_id="model")
                mode = gr.Radio(list(MODES), value="face", label="Draw", elem_id="mode")
            with gr.Column(scale=3, min_width=300):
                slider = gr.ImageSlider(
                    label="Before and after", interactive=False, buttons=["fullscreen"], max_height=560, elem_id="pair"
                )
                words = gr.HTML("Choose a photo.", elem_id="words")
                files = gr.HTML("", elem_id="files")
                strength = gr.Slider(0, 1, 1, step=0.05, label="Strength", elem_id="strength")
                with gr.Accordion("Steps after the generator", open=False, elem_id="steps"):
                    switches = [_switch(knob) for knob in KNOBS]
        knobs = [strength, *(part for pair in switches for part in pair)]
        events = _Events(handler, formats)
        shown = [slider, words, files]
        asked: dict[str, Any] = {"postprocess": False, "concurrency_id": "easel", "api_visibility": "private"}
        asks = [model, mode, *knobs]
        photo.input(events.take, [photo, *asks], [photo, *shown], preprocess=False, **asked)
        for name, button in buttons:
            button.click(events.example(name), asks, [photo, *shown], **asked)
        gr.on([model.input, mode.input], events.draw, asks, shown, **asked)
        changes = [knob.input for knob in knobs]
        gr.on(changes, events.finish, knobs, shown, trigger_mode="always_last", show_progress="hidden", **asked)
        blocks.unload(events.leave)
    blocks.queue(max_size=WAITING, default_concurrency_limit=1)
    return blocks


def mounted(app: Any, blocks: gr.Blocks, max_bytes: int) -> Any:
    """The app with the page at /, which loads nothing from elsewhere and whose uploads end at `max_bytes`."""
    theme = gr.themes.Base(font=SANS, font_mono=["ui-monospace", "monospace"], primary_hue="blue", neutral_hue="stone")
    return gr.mount_gradio_app(
        app,
        blocks,
        path="/",
        footer_links=[],
        run_history=False,
        show_error=False,
        max_file_size=max_bytes,
        ssr_mode=False,
        theme=theme,
        css_paths=[HERE / "studio.css"],
    )


class _Events:
    """Gradio's events as calls of the handler, and what came of them as values of its components."""

    def __init__(self, handler: Handler, formats: Sequence[str]) -> None:
        self._handler, self._formats = handler, formats

    def take(self, request: gr.Request, value: dict[str, Any] | None, *asks: Any) -> list[Any]:
        if not value or not value.get("path"):
            self._handler.leave(str(request.session_hash))
            return [None, None, "Choose a photo.", ""]
        return self._arrived(lambda: self._handler.take(str(request.session_hash), Path(value["path"])), request, asks)

    def example(self, name: str) -> Callable[..., list[Any]]:
        def chosen(request: gr.Request, *asks: Any) -> list[Any]:
            return self._arrived(lambda: self._handler.example(str(request.session_hash), name), request, asks)

        return chosen

    def draw(self, request: gr.Request, model: str, mode: str, *knobs: float) -> list[Any]:
        return self._drawn(lambda: self._handler.draw(str(request.session_hash), model, mode, _steps(knobs)))

    def finish(self, request: gr.Request, *knobs: float) -> list[Any]:
        return self._drawn(lambda: self._handler.finish(str(request.session_hash), _steps(knobs)))

    def leave(self, request: gr.Request) -> None:
        self._handler.leave(str(request.session_hash))

    def _arrived(self, work: Callable[[], Shown], request: gr.Request, asks: Sequence[Any]) -> list[Any]:
        shown = _plain(work)
        if isinstance(shown, str):
            return [None, None, shown, ""]
        return [_picture(shown, "photo"), *self.draw(request, *asks)]

    def _drawn(self, work: Callable[[], Shown]) -> list[Any]:
        shown = _plain(work)
        if isinstance(shown, str):
            return [None, shown, ""]
        links = (
            f'<a href="/looks/{shown.key}/drawing.{form}" download="drawing.{form}">{form.upper()}</a>'
            for form in self._formats
        )
        return [
            [_picture(shown, "before"), _picture(shown, "after")],
            escape(shown.words),
            "Download " + " ".join(links),
        ]


def _switch(knob: Knob) -> tuple[gr.Checkbox, gr.Slider]:
    with gr.Row():
        box = gr.Checkbox(False, label=knob.words, min_width=150, elem_id=f"{knob.name}-on")
        amount = gr.Slider(
            0, knob.most, knob.on, step=knob.most / 20, show_label=False, min_width=150, elem_id=knob.name
        )
    return box, amount


def _steps(knobs: Sequence[float]) -> dict[str, float]:
    """Steps by name from the strength and, of each step, whether it is on and its amount."""
    pairs = zip(KNOBS, knobs[1::2], knobs[2::2], strict=True)
    return {"strength": float(knobs[0])} | {knob.name: float(amount) if on else 0.0 for knob, on, amount in pairs}


def _picture(shown: Shown, which: str) -> dict[str, Any]:
    name = f"{which}.webp"
    address = f"/looks/{shown.key}/{which}?v={shown.version}"
    return {"url": address, "path": None, "orig_name": name, "meta": {"_type": "gradio.FileData"}}


def _plain(work: Callable[[], Shown]) -> Shown | str:
    """What came of it, or the fault as a paragraph in plain words."""
    try:
        return work()
    except UserError as fault:
        words = str(fault)
    except Exception:
        log.exception("studio: a request failed")
        words = BROKEN
    return f'<p class="fault" role="alert">{escape(words)}</p>'
