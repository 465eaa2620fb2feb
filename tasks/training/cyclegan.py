"""Photos and drawings that do not belong together, two generators that undo each other: CycleGAN.

Zhu, Park, Isola, Efros: "Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks" (ICCV 2017).
The authors' pool of 50 earlier drawings (Shrivastava et al., CVPR 2017), which steadies the critics, is left out: its
pictures would be part of every checkpoint and, each process having its own, the weights would depend on the number of
processes. Spectral norm and the gradient penalty steady them here.
"""

from collections.abc import Callable

from torch import nn

from tasks.core.errors import require
from tasks.losses.adversarial import least_squares
from tasks.losses.pixels import l1
from tasks.training.batch import Batch
from tasks.training.critics import new_critic, penalties
from tasks.training.face_terms import FaceTerms, Terms
from tasks.training.plan import Plan
from tasks.training.recipe import Drawn


class CycleGan:
    """The recipe `cyclegan`: "generator" draws photos, "back" gives drawings the look of photos."""

    paired = False

    def __init__(
        self, plan: Plan, generator: nn.Module, faces: FaceTerms, new_generator: Callable[[], nn.Module]
    ) -> None:
        fault = f"{plan.section}.control is {list(plan.control)}; the recipe cyclegan has none: use []"
        require(not plan.control, fault)
        self.plan, self.faces = plan, faces
        self.generators = nn.ModuleDict({"generator": generator, "back": new_generator()})
        judged = plan.weights.adversarial > 0
        self.critics = nn.ModuleDict({"drawings": new_critic(plan), "photos": new_critic(plan, 3)} if judged else {})

    def draw(self, batch: Batch) -> Drawn:
        """Draw both ways, there and back again, and what is already as it shall be."""
        draw, back, weights = self.generators["generator"], self.generators["back"], self.plan.weights
        found = {"drawing": draw(batch.photos), "photo": back(batch.drawings)}
        if weights.cycle:
            found |= {"photo_again": back(found["drawing"]), "drawing_again": draw(found["photo"])}
        if weights.same:
            found |= {"same_drawing": draw(batch.drawings), "same_photo": back(batch.photos)}
        return found

    def losses(self, batch: Batch, drawn: Drawn, progress: float) -> Terms:
        """The paper's three terms, each the sum of both directions, and those on faces for the drawing."""
        weights, found = self.plan.weights, {}
        if weights.cycle:
            again = l1(drawn["photo_again"], batch.photos) + l1(drawn["drawing_again"], batch.drawings)
            found["cycle"] = weights.cycle * again.mean()
        if weights.same:
            same = l1(drawn["same_drawing"], batch.drawings) + l1(drawn["same_photo"], batch.photos)
            found["same"] = weights.same * same.mean()
        if weights.adversarial:
            scores = self.critics["drawings"](drawn["drawing"])[0], self.critics["photos"](drawn["photo"])[0]
            taken = least_squares(scores[0], 1) + least_squares(scores[1], 1)
            found["adversarial"] = weights.adversarial * taken.mean()
        return found | self.faces(batch, drawn["drawing"], progress)

    def critic_losses(self, batch: Batch, drawn: Drawn, step: int) -> Terms:
        """One critic for drawings, one for photos, each with its own real and generated pictures."""
        del step
        sides = {"drawings": (batch.drawings, drawn["drawing"]), "photos": (batch.photos, drawn["photo"])}
        found: Terms = {}
        for name, critic in self.critics.items():
            real, fake = sides[name]
            judged = least_squares(critic(real)[0], 1) + least_squares(critic(fake.detach())[0], 0)
            found[f"critic_{name}"] = judged.mean()
            found |= {f"{term}_{name}": value for term, value in penalties(self.plan, critic, real).items()}
        return found
