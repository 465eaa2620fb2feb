"""The page of the studio: a photo, its drawing, and what can be changed between them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from tasks.pages.knobs import KNOBS, Knob
from tasks.pages.studio_events import ANY, CHOOSE, Controls, Events, Handler

HERE = Path(__file__).parent
MODES = (("face", "face"), ("whole picture", "frame"), ("picture, finer faces", "paste"))
WAITING = 16  # requests that may queue up
PROMISE = "Photos go through a temporary file into the memory of this page’s machine and are forgotten when you leave."
TITLE = f"<h1>Studio</h1><p>{PROMISE}</p>"
SANS = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "sans-serif"]
MONO = ["ui-monospace", "monospace"]
LIGHT = {
    "body_background_fill": "#faf9f6",
    "block_background_fill": "#ffffff",
    "body_text_color": "#1c1d20",
    "body_text_color_subdued": "#63676d",
    "block_label_text_color": "#63676d",
    "border_color_primary": "#dfdcd3",
    "color_accent": "#1d5fb8",
    "input_background_fill": "#f6f5f1",
    "slider_color": "#1d5fb8",
    "checkbox_background_color_selected": "#1d5fb8",
    "checkbox_border_color_selected": "#1d5fb8",
    "button_secondary_background_fill": "transparent",
    "button_secondary_background_fill_hover": "#f1efe9",
    "button_secondary_border_color": "#dfdcd3",
    "checkbox_label_background_fill": "transparent",
    "checkbox_label_background_fill_selected": "#f1efe9",
    "checkbox_label_background_fill_hover": "#f1efe9",
}
DARK = {
    "body_background_fill": "#131517",
    "block_background_fill": "#1c1f22",
    "body_text_color": "#eae8e2",
    "body_text_color_subdued": "#a3a8af",
    "block_label_text_color": "#a3a8af",
    "border_color_primary": "#2f3439",
    "input_background_fill": "#24282b",
    "slider_color": "#82b4ff",
    "checkbox_background_color_selected": "#3f7fd6",
    "checkbox_border_color_selected": "#3f7fd6",
    "button_secondary_background_fill": "transparent",
    "button_secondary_background_fill_hover": "#2a2e32",
    "button_secondary_border_color": "#2f3439",
    "checkbox_label_background_fill": "transparent",
    "checkbox_label_background_fill_selected": "#2a2e32",
    "checkbox_label_background_fill_hover": "#2a2e32",
}


@dataclass(frozen=True)
class Asks:
    """The components that say how to draw: generator, mode, a wish for each control, the strength and the steps."""

    model: gr.Dropdown
    mode: gr.Radio
    wishes: list[gr.Dropdown]
    knobs: list[Any]  # the strength; of each step whether it is on, and its amount

    @property
    def all(self) -> list[Any]:
        """Every component, in the order in which events take their values."""
        return [self.model, self.mode, *self.wishes, *self.knobs]


def page(
    handler: Handler, models: Mapping[str, Controls], examples: Sequence[str], formats: Sequence[str]
) -> gr.Blocks:
    """The page with these generators, examples and formats of the download; the first generator is chosen."""
    events = Events(handler, models, formats)
    blocks = gr.Blocks(analytics_enabled=False, title="selfie2anime studio", fill_width=True)
    with blocks:
        gr.HTML(TITLE, elem_id="title")
        with gr.Row(elem_id="studio"):
            with gr.Column(elem_id="come"):
                photo, buttons = _photo(examples)
            with gr.Column(elem_id="made"):
                shown = _drawing()
            with gr.Column(elem_id="how"):
                asks = _asks(models, events.controls)
        _wire(events, photo, buttons, asks, shown)
        blocks.unload(events.leave)
    blocks.queue(max_size=WAITING, default_concurrency_limit=1)
    return blocks


def mounted(app: Any, blocks: gr.Blocks, max_bytes: int) -> Any:
    """The app with the page at /, which loads nothing from elsewhere and whose uploads end at `max_bytes`."""
    theme = gr.themes.Base(font=SANS, font_mono=MONO, neutral_hue="stone", radius_size="md")
    return gr.mount_gradio_app(
        app,
        blocks,
        path="/",
        footer_links=[],
        run_history=False,
        show_error=False,
        max_file_size=max_bytes,
        ssr_mode=False,
        theme=theme.set(**LIGHT, **{f"{name}_dark": value for name, value in DARK.items()}),
        css_paths=[HERE / "studio.css"],
    )


def _photo(examples: Sequence[str]) -> tuple[gr.Image, dict[str, gr.Button]]:
    sources: Any = ["upload", "webcam", "clipboard"]
    photo = gr.Image(label="Photo", show_label=False, sources=sources, buttons=[], height=260, elem_id="photo")
    photo.async_move_resource_to_block_cache = _unmoved  # type: ignore[method-assign]  # a subclass gets a file of stubs
    with gr.Row(elem_id="examples"):
        gr.HTML("or try")
        buttons = {name: gr.Button(f"the {name}", size="sm", min_width=60) for name in examples}
    return photo, buttons


async def _unmoved(url_or_file_path: str | Path | None) -> str | None:
    """The path as the browser tells it: Gradio would copy any file of this machine, or fetch any address, for it."""
    return None if url_or_file_path is None else str(url_or_file_path)


def _drawing() -> list[Any]:
    pair = gr.ImageSlider(
        label="Before and after",
        show_label=False,
        interactive=False,
        buttons=["fullscreen"],
        max_height=640,
        elem_id="pair",
    )
    return [pair, gr.HTML(CHOOSE, elem_id="words"), gr.HTML("", elem_id="files")]


def _asks(models: Mapping[str, Controls], controls: Sequence[str]) -> Asks:
    first = next(iter(models))
    model = gr.Dropdown(list(models), value=first, label="Generator", elem_id="model")
    mode = gr.Radio(list(MODES), value="face", label="Draw", elem_id="mode")
    wishes = [_wish(control, models[first].get(control)) for control in controls]
    strength = gr.Slider(0, 1, 1, step=0.05, label="Strength", buttons=[], elem_id="strength")
    with gr.Accordion("Touch up", open=False, elem_id="steps"):
        switches = [_switch(knob) for knob in KNOBS]
    return Asks(model, mode, wishes, [strength, *(part for pair in switches for part in pair)])


def _wish(control: str, words: Sequence[str] | None) -> gr.Dropdown:
    label, name = control.capitalize(), f"wish-{control}"
    return gr.Dropdown([ANY, *(words or ())], value=ANY, label=label, visible=words is not None, elem_id=name)


def _switch(knob: Knob) -> tuple[gr.Checkbox, gr.Slider]:
    with gr.Row(elem_classes="knob"):
        box = gr.Checkbox(False, label=knob.words, container=False, min_width=130, elem_id=f"{knob.name}-on")
        amount = gr.Slider(
            0,
            knob.most,
            knob.on,
            step=knob.most / 20,
            label=f"{knob.words}: amount",
            show_label=False,
            container=False,
            buttons=[],
            min_width=130,
            elem_id=knob.name,
        )
    return box, amount


def _wire(events: Events, photo: gr.Image, buttons: Mapping[str, gr.Button], asks: Asks, shown: list[Any]) -> None:
    """Say what happens when; only one event at a time is worked on, from whichever page.

    What comes while such an event still waits is lost by default; here it is done after it.
    """
    asked: dict[str, Any] = {"preprocess": False, "postprocess": False, "api_visibility": "private"}
    asked |= {"concurrency_id": "easel", "show_progress_on": shown[0]}
    draw: dict[str, Any] = {"fn": events.draw, "inputs": [photo, *asks.all], "outputs": shown}
    each = asked | {"trigger_mode": "multiple"}
    photo.input(events.take, photo, [photo, *shown], **each).then(**draw, **each)
    for name, button in buttons.items():
        button.click(events.example(name), None, [photo, *shown], **asked).then(**draw, **each)
    chosen: list[Any] = [asks.model, asks.mode, *asks.wishes]
    gr.on([part.input for part in chosen], trigger_mode="always_last", **draw, **asked)
    if asks.wishes:
        asks.model.input(events.choices, [asks.model, *asks.wishes], asks.wishes, queue=False, api_visibility="private")
    quietly = asked | {"show_progress": "hidden", "trigger_mode": "always_last"}
    gr.on([knob.input for knob in asks.knobs], events.finish, [photo, *asks.knobs], shown, **quietly)
