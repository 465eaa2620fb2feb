"""The knobs of the studio: each step after the generator with its words, its range and its value when switched on."""

from collections.abc import Sequence
from dataclasses import dataclass

from tasks.core.errors import UserError


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
    Knob("denoise", "Smooth", 100, 25),
    Knob("colour", "Photo’s colours", 1, 0.5),
    Knob("grey_world", "Neutral light", 1, 0.5),
    Knob("sharpen", "Sharpen", 3, 0.5),
)


def steps(values: Sequence[float | None]) -> dict[str, float]:
    """Steps by name from the strength and, of each knob, whether it is on and its amount; 0 for one that is off.

    Raises UserError in the page's words for an amount beyond the knob's range: sliders let one be typed.
    """
    pairs = zip(KNOBS, values[1::2], values[2::2], strict=True)
    chosen = {knob.name: within(knob.words, amount, knob.most) if on else 0.0 for knob, on, amount in pairs}
    return {"strength": within("Strength", values[0], 1)} | chosen


def within(words: str, amount: float | None, most: float) -> float:
    """The amount, 0..most; raises UserError for another one, and for a field that was left empty."""
    if amount is None or not 0 <= amount <= most:
        raise UserError(f"“{words}” goes from 0 to {most:g}.")
    return float(amount)
