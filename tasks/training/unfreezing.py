"""Which layers learn at which time: the last ones, the last ones first, or all of them.

The published recipe trains the last three convolutions, 6.4 % of AnimeGANv2's weights: they move tint and texture, not
geometry. Staged unfreezing begins there and adds the layers before them (Howard, Ruder: "Universal Language Model
Fine-tuning", ACL 2018), so that random gradients of a new loss do not undo the first layers.
"""

from collections.abc import Sequence

from torch import nn

STAGED = 0.6  # share of the training after which, with `staged`, all layers learn


def trainable(generator: nn.Module, depths: Sequence[tuple[str, ...]], layers: str, progress: float) -> None:
    """Let the weights learn that shall at this share (0..1) of the training, and no other.

    `depths` names the generator's parts by prefix, from the last to the first; the first entry is its head. `layers`
    is head, staged or all.
    """
    count = {"head": 1, "all": len(depths)}.get(layers, 1 + int(progress / STAGED * (len(depths) - 1)))
    names = tuple(prefix for depth in depths[:count] for prefix in depth)
    everything = count >= len(depths)  # a condition's layers belong to no depth, and learn all the time
    known = tuple(prefix for depth in depths for prefix in depth)
    for full, parameter in generator.named_parameters():
        name = full.removeprefix("generator.")  # of a conditioned one
        parameter.requires_grad_(everything or name.startswith(names) or not name.startswith(known))
