"""The steps after the generator, each on or off: pure functions from the photo and the drawing to a drawing."""

from dataclasses import dataclass, fields

from tasks.after import colour, filters, hair, lens
from tasks.core.errors import require
from tasks.core.image import Image
from tasks.faces.geometry import Points

LIMITS = {"denoise": 100.0, "sharpen": 3.0}  # of the other steps: 1


@dataclass(frozen=True)
class Steps:
    """Which steps run, in the order of the fields; 0 switches one off."""

    lens: float = 0.0  # share 0..1 of what is broken in the lenses of glasses that is mended
    hair: float = 0.0  # share 0..1 of the way on which hair of a strange colour is brought back
    denoise: float = 0.0  # bilateral filter: grey levels that count as noise
    colour: float = 0.0  # share 0..1 of the photo's colour cast and spread taken over, in Lab's a and b
    grey_world: float = 0.0  # share 0..1 of the drawing's colour cast taken away; it moves skin and style too
    sharpen: float = 0.0  # amount of an unsharp mask
    strength: float = 1.0  # 0 is the photo, 1 is the drawing

    def __post_init__(self) -> None:
        for name in (field.name for field in fields(Steps)):
            value, most = getattr(self, name), LIMITS.get(name, 1.0)
            ends = "0 (the photo) to 1 (the drawing)" if name == "strength" else f"0 (off) to {most:g}"
            require(0 <= value <= most, f"stylize.{name} is {value}; use {ends}")


def finish(photo: Image, drawing: Image, steps: Steps, marks: Points | None, wanted: str | None = None) -> Image:
    """The drawing after every step that is on; both pictures are h x w x 3, RGB, 0..255.

    `marks` are the face's 68 landmarks (68 x 2) in them; None where there is none, and then nothing is guarded.
    `wanted` is the colour of hair that was wished for, a word of tasks.faces.hair.COLOURS; None: the photo's own.
    """
    guarded = drawing if marks is None else guard(photo, drawing, steps, marks, wanted)
    return filtered(photo, guarded, steps)


def guard(photo: Image, drawing: Image, steps: Steps, marks: Points, wanted: str | None = None) -> Image:
    """The drawing with what the guards mend of the face at `marks`."""
    if steps.lens:
        drawing = lens.guarded(photo, drawing, marks, steps.lens)
    if steps.hair:
        drawing = hair.guarded(photo, drawing, marks, steps.hair, wanted)
    return drawing


def filtered(photo: Image, drawing: Image, steps: Steps) -> Image:
    """The drawing after the steps that need no face."""
    if steps.denoise:
        drawing = filters.denoise(drawing, steps.denoise)
    if steps.colour:
        drawing = colour.colour_from(photo, drawing, steps.colour)
    if steps.grey_world:
        drawing = colour.grey_world(drawing, steps.grey_world)
    if steps.sharpen:
        drawing = filters.sharpen(drawing, steps.sharpen)
    return drawing if steps.strength == 1 else filters.blend(photo, drawing, steps.strength)
