"""Photos with the drawings that belong to them: pix2pix.

Isola, Zhu, Zhou, Efros: "Image-to-Image Translation with Conditional Adversarial Networks" (CVPR 2017): L1 and a
PatchGAN, with the perceptual loss of Johnson, Alahi, Fei-Fei (ECCV 2016). The critic sees the drawing alone, not beside
its photo: some pairs do not align, and it shall judge the strokes.
"""

import torch
from torch import Tensor, nn

from tasks.losses.adversarial import hinge_critic, hinge_generator
from tasks.losses.features import feature_distance, style_distance
from tasks.losses.pixels import colour, gradient_l1, l1, ssim
from tasks.nets.vgg import open_features
from tasks.training.batch import Batch
from tasks.training.critics import new_critic, penalties
from tasks.training.face_terms import FaceTerms, Terms
from tasks.training.plan import Plan
from tasks.training.recipe import Drawn


class Paired:
    """The recipe `paired`."""

    paired = True

    def __init__(self, plan: Plan, generator: nn.Module, faces: FaceTerms) -> None:
        self.plan, self.faces = plan, faces
        self.generators = nn.ModuleDict({"generator": generator})
        self.critics = nn.ModuleDict({"critic": new_critic(plan)} if plan.weights.adversarial else {})
        self._features = open_features().requires_grad_(False)

    def draw(self, batch: Batch) -> Drawn:
        """Draw the photos; a controlled generator is told what is wished for."""
        inputs = (batch.photos, batch.wishes, batch.strength) if self.plan.control else (batch.photos,)
        return {"drawing": self.generators["generator"](*inputs)}

    def losses(self, batch: Batch, drawn: Drawn, progress: float) -> Terms:
        """Losses that compare pixels see the aligned pairs alone, those on faces all of them."""
        drawing, wanted, weights = drawn["drawing"], target(batch), self.plan.weights
        pixels = {
            "l1": (l1, weights.l1),
            "colour": (colour, weights.colour),
            "gradient": (gradient_l1, weights.gradient),
            "ssim": (_dissimilarity, weights.ssim),
        }
        found = {n: w * _over(batch.aligned, loss(drawing, wanted)) for n, (loss, w) in pixels.items() if w}
        return found | self._seen(drawing, wanted, batch.aligned) | self.faces(batch, drawing, progress)

    def _seen(self, drawing: Tensor, wanted: Tensor, aligned: Tensor) -> Terms:
        """Features in their places, features wherever they are, and the critic's judgement."""
        weights, found = self.plan.weights, {}
        if weights.perceptual or weights.gram:
            look = self._features.to(drawing.device)
            here, there = look(drawing), look(wanted)
            if weights.perceptual:
                found["perceptual"] = weights.perceptual * _over(aligned, feature_distance(here, there))
            if weights.gram:
                found["gram"] = weights.gram * style_distance(here, there).mean()
        if weights.adversarial:
            score, _ = self.critics["critic"](drawing)
            found["adversarial"] = weights.adversarial * hinge_generator(score).mean()
        return found

    def critic_losses(self, batch: Batch, drawn: Drawn, step: int) -> Terms:
        """Drawings by hand above 1, the generator's below -1."""
        del step
        if not self.critics:
            return {}
        critic, wanted = self.critics["critic"], target(batch)
        real, fake = critic(torch.cat([wanted, drawn["drawing"].detach()]))[0].chunk(2)
        return {"critic": hinge_critic(real, fake)} | penalties(self.plan, critic, wanted)


def target(batch: Batch) -> Tensor:
    """What shall be drawn: between the photo (strength 0) and the drawing (1)."""
    strength = batch.strength[:, None, None, None]
    return torch.lerp(batch.plain, batch.drawings, strength) if (batch.strength < 1).any() else batch.drawings


def _dissimilarity(a: Tensor, b: Tensor) -> Tensor:
    return 1 - ssim(a, b)


def _over(mask: Tensor, values: Tensor) -> Tensor:
    """The mean over all pictures, of which those that do not count are 0: parts of a batch add up to it."""
    return (values * mask).mean()
