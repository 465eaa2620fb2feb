"""Feature-wise linear modulation: a condition that scales and shifts the channels of a feature map.

Perez, Strub, de Vries, Dumoulin, Courville: "FiLM: Visual Reasoning with a General Conditioning Layer" (AAAI 2018).
"""

from collections.abc import Sequence
from typing import Protocol

from torch import Tensor

Modulation = Sequence[tuple[Tensor, Tensor]]  # scale and shift, each n x c, of each feature map in `channels`


class Modulated(Protocol):
    """A generator some of whose feature maps a condition may act on."""

    channels: tuple[int, ...]  # the widths of these feature maps, in the order of the forward pass

    def __call__(self, photo: Tensor, modulation: Modulation | None = None) -> Tensor:
        """Photo to drawing: n x 3 x h x w RGB in -1..1 to the same shape and range."""
        ...


def modulated(x: Tensor, modulation: Modulation | None, place: int) -> Tensor:
    """The feature map n x c x h x w, scaled and shifted as the modulation says of this place; zeros change nothing."""
    if modulation is None:
        return x
    scale, shift = (values[:, :, None, None].to(x.dtype) for values in modulation[place])
    return x * (1 + scale) + shift
