"""Photos and drawings that do not belong together, one generator: AnimeGAN.

Chen, Liu, Chen: "AnimeGAN: A Novel Lightweight GAN for Photo Animation" (ISICA 2019), with the total variation of its
version 2. The drawing keeps the photo's content and colours and takes the strokes of drawings in grey, so that their
colours do not come along; a critic asks for colour and for clear edges, by what it must not take for a drawing.
"""

import torch
from torch import Tensor, nn

from tasks.core.errors import require
from tasks.losses.adversarial import least_squares
from tasks.losses.edges import edge_smoothed
from tasks.losses.features import feature_distance, style_distance
from tasks.losses.smoothness import total_variation
from tasks.losses.yuv import colour_reconstruction, grey
from tasks.nets.vgg import open_features
from tasks.training.batch import Batch
from tasks.training.critics import new_critic, penalties
from tasks.training.face_terms import FaceTerms, Terms
from tasks.training.plan import Plan
from tasks.training.recipe import Drawn

INITIAL = 0.1  # share of the steps in which a new generator learns content alone: the authors' 10 epochs of 101
EDGES = 0.1  # what pictures with smoothed edges count: more makes edges too sharp (section 3.2)


class AnimeGan:
    """The recipe `animegan`."""

    paired = False

    def __init__(self, plan: Plan, generator: nn.Module, faces: FaceTerms) -> None:
        fault = f"{plan.section}.control is {list(plan.control)}; the recipe animegan has none: use []"
        require(not plan.control, fault)
        self.plan, self.faces = plan, faces
        self.generators = nn.ModuleDict({"generator": generator})
        self.critics = nn.ModuleDict({"critic": new_critic(plan)} if plan.weights.adversarial else {})
        self._features = open_features().requires_grad_(False)
        # A generator that draws already has its content, and would unlearn its strokes.
        self._initial = INITIAL if plan.init == "scratch" and plan.weights.content else 0.0

    def draw(self, batch: Batch) -> Drawn:
        """Draw the photos."""
        return {"drawing": self.generators["generator"](batch.photos)}

    def losses(self, batch: Batch, drawn: Drawn, progress: float) -> Terms:
        """The initial phase knows content alone, as published."""
        drawing = drawn["drawing"]
        content = self._content(drawing, batch.photos)
        if progress < self._initial:
            return content
        style = self._style(drawing, batch.drawings)
        return content | style | self._pixels(drawing, batch.photos) | self.faces(batch, drawing, progress)

    def critic_losses(self, batch: Batch, drawn: Drawn, step: int) -> Terms:
        """Drawings by hand are real; the generator's are not, nor those without colour or without clear edges."""
        del step
        if not self.critics:
            return {}
        critic, drawings = self.critics["critic"], batch.drawings
        colourless = grey(drawings)
        shown = torch.cat([drawings, drawn["drawing"].detach(), colourless, edge_smoothed(colourless)])
        real, fake, without_colour, without_edges = critic(shown)[0].chunk(4)
        return {
            "critic_real": least_squares(real, 1).mean(),
            "critic_drawn": least_squares(fake, 0).mean(),
            "critic_grey": least_squares(without_colour, 0).mean(),
            "critic_edges": EDGES * least_squares(without_edges, 0).mean(),
        } | penalties(self.plan, critic, drawings)

    def _content(self, drawing: Tensor, photos: Tensor) -> Terms:
        """The photo's coarsest features."""
        weight = self.plan.weights.content
        if not weight:
            return {}
        return {"content": weight * feature_distance(self._seen(drawing)[-1:], self._seen(photos)[-1:]).mean()}

    def _style(self, drawing: Tensor, drawings: Tensor) -> Terms:
        """The strokes of any drawing, in grey both, and the critic's judgement."""
        weights, found = self.plan.weights, {}
        if weights.gram:
            distance = style_distance(self._seen(grey(drawing)), self._seen(grey(drawings)))
            found["gram"] = weights.gram * distance.mean()
        if weights.adversarial:
            score, _ = self.critics["critic"](drawing)
            found["adversarial"] = weights.adversarial * least_squares(score, 1).mean()
        return found

    def _pixels(self, drawing: Tensor, photos: Tensor) -> Terms:
        """The photo's colours, and even areas."""
        weights, found = self.plan.weights, {}
        if weights.colour:
            found["colour"] = weights.colour * colour_reconstruction(drawing, photos).mean()
        if weights.smooth:
            found["smooth"] = weights.smooth * total_variation(drawing).mean()
        return found

    def _seen(self, pictures: Tensor) -> list[Tensor]:
        found: list[Tensor] = self._features.to(pictures.device)(pictures)
        return found
