"""How a training varies the picture at one position: all that chance decides, as a pure function of the seed."""

from dataclasses import dataclass, field

import numpy as np

from tasks.training.augment import Look, random_look
from tasks.training.hair import COLOURS, DARK
from tasks.training.plan import Plan
from tasks.training.window import Window, random_cutout, random_window, whole

_WINDOW, _OWN_WINDOW, _LOOK, _DARK, _COLOUR, _WISHES = range(2, 8)  # each decision has a stream of chance of its own
_RECOLOURED = 0.5  # share of the drawings with hair of another colour, when hair can be asked for
_UNSAID = 0.2  # share of the wishes that are dropped, so that a generator also draws when nobody asks
_FULL = 0.5  # share of the pictures at strength 1, the rest at any


@dataclass(frozen=True)
class Variation:
    """The windows of photo and drawing, the photo's look, the hair of both, and what of the wishes is said."""

    windows: tuple[Window, Window]
    look: Look = field(default_factory=Look)
    dark: str = ""  # of photo and drawing, a word of hair.DARK; empty: their own
    colour: str = ""  # of the drawing, a word of hair.COLOURS
    unsaid: frozenset[str] = frozenset()  # controls of which nothing is said
    strength: float = 1.0


def unvaried(frame: int) -> Variation:
    """Whole frames as they are."""
    return Variation((whole(frame), whole(frame)))


def varied(plan: Plan, frame: int, paired: bool, position: int, cutout: int = 0) -> Variation:
    """What chance makes of a position (0 ...) of the training; drawings without a pair get a window of their own.

    `cutout` is the side in pixels of the squares that are cut out unreduced, 0 for the usual windows.
    """
    augment, chance = plan.augment, _Chance(plan.seed, position)
    window, own = (
        random_cutout(frame, cutout, augment.mirror, chance.of(purpose))
        if cutout
        else random_window(frame, augment.zoom, augment.mirror, chance.of(purpose))
        for purpose in (_WINDOW, _OWN_WINDOW)
    )
    dark = _word(DARK, augment.dark_hair, chance.of(_DARK))
    colour = _word(COLOURS, _RECOLOURED if "hair" in plan.control and not dark else 0.0, chance.of(_COLOUR))
    full, strength, *said = chance.of(_WISHES).random(2 + len(plan.control)).tolist()
    return Variation(
        (window, window if paired else own),
        random_look(augment.colour, augment.light, chance.of(_LOOK)),
        dark,
        colour,
        frozenset(name for name, share in zip(plan.control, said, strict=True) if share < _UNSAID),
        1.0 if full < _FULL or not plan.control else strength,
    )


@dataclass(frozen=True)
class _Chance:
    """Random numbers of one position; switching one purpose off leaves those of the others as they are."""

    seed: int
    position: int

    def of(self, purpose: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, purpose, self.position])


def _word(words: dict[str, tuple[float, float, float]], share: float, rng: np.random.Generator) -> str:
    """One of the words in that share of the cases, else none."""
    hit, which = rng.random(2)
    return list(words)[int(which * len(words))] if hit < share else ""
