"""What a recipe is to the loop: how pictures are drawn, what the drawings cost, what the critics learn."""

from typing import Protocol

from torch import Tensor, nn

from tasks.training.batch import Batch
from tasks.training.face_terms import FaceTerms, Terms

Drawn = dict[str, Tensor]  # what the generators drew, by name; "drawing" is always there


class Recipe(Protocol):
    """One way to train a generator; each lives in a file that reads like its paper.

    The loop owns the optimisers, precision, devices and checkpoints, and moves both dictionaries to the device. In a
    generators' step no critic's weight takes a gradient.
    """

    faces: FaceTerms  # the losses on faces, the same in every recipe
    paired: bool  # whether a batch's drawing belongs to its photo
    generators: nn.ModuleDict  # trained by the first optimiser; "generator" is the one that is kept
    critics: nn.ModuleDict  # trained by the second one; may be empty

    def draw(self, batch: Batch) -> Drawn:
        """Run the generators."""
        ...

    def losses(self, batch: Batch, drawn: Drawn, progress: float) -> Terms:
        """What the drawings cost; `progress` is the share of the steps that is done, 0..1."""
        ...

    def critic_losses(self, batch: Batch, drawn: Drawn, step: int) -> Terms:
        """What the critics' judgement costs, of the drawings as they are (no gradient into the generators)."""
        ...
