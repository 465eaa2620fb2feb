"""The generators by name: how each is made, loaded and described."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor, nn

from tasks.core.errors import UserError, nearest
from tasks.nets import generator, student, weights
from tasks.nets.condition import Conditioned, Vocabulary, read_vocabulary

VOCABULARY = "vocabulary"  # the note beside the weights of a conditioned generator
_CONDITION = "condition."


@dataclass(frozen=True)
class Architecture:
    """A kind of generator, n x 3 x h x w RGB in -1..1 to the same shape and range."""

    told: str  # for the card
    layout: str  # whose weights these are, for who gives others
    new: Callable[[int], nn.Module]  # untrained, from a seed
    empty: Callable[[], nn.Module]  # to be filled with weights
    depths: tuple[tuple[str, ...], ...]  # prefixes of its layers' names, from the last layers to the first


ARCHITECTURES = {
    "animeganv2": Architecture(
        "AnimeGANv2 (Chen, Liu, Chen 2019), 2,143,552 parameters",
        generator.LAYOUT,
        generator.new_generator,
        generator.Generator,
        generator.DEPTHS,
    ),
    "student": Architecture(
        f"student (hourglass with skips, norms that fold), {student.PARAMETERS:,} parameters",
        student.LAYOUT,
        student.new_student,
        student.Student,
        student.DEPTHS,
    ),
}
TOLD = {name: architecture.told for name, architecture in ARCHITECTURES.items()}


def new(name: str, seed: int) -> nn.Module:
    """An untrained generator; raises UserError for a name nobody knows."""
    return _named(name).new(seed)


def depths(name: str) -> tuple[tuple[str, ...], ...]:
    """The generator's layers by prefix of their names, from the last to the first; the first entry is its head."""
    return _named(name).depths


def load(name: str, path: Path) -> nn.Module:
    """The generator with the weights of a `.safetensors` or `.pt` file, in evaluation mode; `Conditioned` where the
    file holds a condition.

    Raises UserError for an unknown name, and where the file is absent, unreadable or not in this architecture's layout.
    """
    state = weights.read(path)
    net = _empty(name, path, state)
    weights.require_layout(state, net.state_dict(), path, _named(name).layout)
    net.load_state_dict(state)
    return net.eval()


def recognised(path: Path) -> str:
    """The name of the architecture whose layout the weights of a file have; raises UserError where none has."""
    names = set(weights.read(path))
    for name, architecture in ARCHITECTURES.items():
        if set(architecture.empty().state_dict()) <= names:
            return name
    raise UserError(f"{path} holds no generator of this project; it makes {', '.join(ARCHITECTURES)}")


def _empty(name: str, path: Path, state: Mapping[str, Tensor]) -> nn.Module:
    net = _named(name).empty()
    if not any(key.startswith(_CONDITION) for key in state):
        return net
    written = weights.note(path, VOCABULARY)
    if written is None:
        raise UserError(f"{path} holds a condition without its vocabulary; give the .safetensors file of the training")
    vocabulary: Vocabulary = read_vocabulary(written)
    return Conditioned(net, vocabulary)


def _named(name: str) -> Architecture:
    if name not in ARCHITECTURES:
        raise UserError(f"architecture {name!r} is unknown; {nearest(name, list(ARCHITECTURES))}")
    return ARCHITECTURES[name]
