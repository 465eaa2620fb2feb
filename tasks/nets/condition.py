"""One generator, several settings: how strong, which hair, which age, whose style.

What is asked for becomes a vector, a small network turns it into a modulation of the generator's feature maps, and the
strength blends photo and drawing besides, so that strength 0 is the photo to the bit.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from tasks.core.errors import nearest, require
from tasks.nets.modulation import Modulation

UNKNOWN = "unknown"
HIDDEN = 64


@dataclass(frozen=True)
class Vocabulary:
    """What can be asked for: the words of each control, in the order of the vector's entries; none of it is needed."""

    words: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def size(self) -> int:
        """The length c of the vector."""
        return sum(len(words) for _, words in self.words)

    def vector(self, wishes: Mapping[str, str]) -> NDArray[np.float32]:
        """What is asked for as c numbers, 1 for each word, 0 else; an unknown or absent wish is all zeros.

        Raises UserError for a control or a word that this vocabulary does not hold.
        """
        for name in wishes:
            known = [control for control, _ in self.words]
            require(name in known, f"control {name!r} is unknown; {nearest(name, known)}")
        marks = [_marks(name, words, wishes.get(name, UNKNOWN)) for name, words in self.words]
        return np.concatenate([np.zeros(0, np.float32), *marks])

    def written(self) -> str:
        """The vocabulary as one line of JSON."""
        return json.dumps(self.words, ensure_ascii=False)


def read_vocabulary(text: str) -> Vocabulary:
    """The vocabulary that `written` gave."""
    return Vocabulary(tuple((name, tuple(words)) for name, words in json.loads(text)))


def _marks(name: str, words: tuple[str, ...], wish: str) -> NDArray[np.float32]:
    require(wish in (*words, UNKNOWN), f"{name} {wish!r} is unknown; {nearest(wish, [*words, UNKNOWN])}")
    return np.array([word == wish for word in words], np.float32)


class Condition(nn.Module):
    """Wishes (n x c) and strength (n) to the scales and shifts of feature maps; zeros until it has learned."""

    def __init__(self, size: int, channels: tuple[int, ...]) -> None:
        super().__init__()
        self.widths = [width for width in channels for _ in ("scale", "shift")]
        self.layers = nn.Sequential(nn.Linear(size + 1, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, sum(self.widths)))
        for parameter in self.layers[-1].parameters():
            nn.init.zeros_(parameter)

    def forward(self, wishes: Tensor, strength: Tensor) -> Modulation:
        """Give the modulation, a pair n x c for each feature map."""
        parts = self.layers(torch.cat([wishes, strength[:, None]], 1)).split(self.widths, 1)
        return list(zip(parts[::2], parts[1::2], strict=True))


class Conditioned(nn.Module):
    """A generator that is told what to draw; in a state dict its weights have the names they have without a condition.

    Strength 0 gives the photo and strength 1 the generator's drawing, both to the bit.
    """

    def __init__(self, generator: nn.Module, vocabulary: Vocabulary) -> None:
        super().__init__()
        self.generator, self.vocabulary = generator, vocabulary
        self.condition = Condition(vocabulary.size, cast(tuple[int, ...], generator.channels))
        self.register_state_dict_post_hook(_without_prefix)  # type: ignore[no-untyped-call]
        self.register_load_state_dict_pre_hook(_with_prefix)  # type: ignore[no-untyped-call]

    def forward(self, photo: Tensor, wishes: Tensor, strength: Tensor) -> Tensor:
        """Draw n x 3 x h x w RGB in -1..1 with wishes n x c and strength n in 0..1."""
        drawing = self.generator(photo, self.condition(wishes, strength))
        return torch.lerp(photo, drawing.to(photo.dtype), strength[:, None, None, None].to(photo.dtype))


def _without_prefix(_module: nn.Module, state: dict[str, Tensor], prefix: str, _metadata: dict[str, Any]) -> None:
    own = f"{prefix}generator."
    for name in [name for name in state if name.startswith(own)]:
        state[prefix + name.removeprefix(own)] = state.pop(name)


def _with_prefix(_module: nn.Module, state: dict[str, Tensor], prefix: str, *_: Any) -> None:
    for name in [name for name in state if name.startswith(prefix)]:
        if not name.startswith(f"{prefix}condition."):
            state[f"{prefix}generator.{name.removeprefix(prefix)}"] = state.pop(name)
