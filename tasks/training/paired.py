"""What a drawing is held against: the weighted sum of losses of one step, and the discriminator's own loss."""

from dataclasses import dataclass

import torch
from torch import Tensor

from tasks.nets import losses
from tasks.nets.discriminator import Discriminator
from tasks.nets.encoders import LossEncoder, identity_loss
from tasks.training.stream import Batch
from tasks.training.recipe import Recipe
from tasks.nets.vgg import Vgg

Terms = dict[str, Tensor]


@dataclass(frozen=True)
class Judges:
    """The networks in the losses; each is None where no weight asks for it."""

    encoder: LossEncoder | None
    vgg: Vgg | None
    discriminator: Discriminator | None


def terms(judges: Judges, recipe: Recipe, batch: Batch, drawn: Tensor, ramp: float) -> Terms:
    """The losses of a step by name, each weighted, each a scalar; `ramp` (0..1) scales the identity's.

    Losses that compare pixels see the aligned pairs alone; the identity is judged on whole frames alone.
    """
    weights = recipe.weights
    pixels = {"l1": losses.l1, "colour": losses.colour, "gradient": losses.gradient_l1, "ssim": _dissimilarity}
    found = {
        name: getattr(weights, name) * _over(batch.aligned, loss(drawn, batch.drawings))
        for name, loss in pixels.items()
        if getattr(weights, name)
    }
    if judges.vgg:
        distance = losses.feature_distance(judges.vgg(drawn), judges.vgg(batch.drawings))
        found["perceptual"] = weights.perceptual * _over(batch.aligned, distance)
    if judges.discriminator:
        found |= _judged(judges, recipe, batch, drawn)
    if judges.encoder and batch.whole:
        loss = identity_loss(judges.encoder, drawn, batch.photos, batch.arc, recipe.identity_margin)
        found["identity"] = weights.identity * ramp * loss.mean()
    return found


def _judged(judges: Judges, recipe: Recipe, batch: Batch, drawn: Tensor) -> Terms:
    """The adversarial loss, and the discriminator's features as the perceptual one where there is no VGG."""
    assert judges.discriminator
    found = {}
    score, features = judges.discriminator(drawn)
    if recipe.weights.adversarial:
        found["adversarial"] = recipe.weights.adversarial * losses.hinge_generator(score).mean()
    if recipe.weights.perceptual and not judges.vgg:
        with torch.no_grad():
            wanted = judges.discriminator(batch.drawings)[1]
        distance = losses.feature_distance(features, wanted)
        found["perceptual"] = recipe.weights.perceptual * _over(batch.aligned, distance)
    return found


def discriminator_loss(discriminator: Discriminator, batch: Batch, drawn: Tensor) -> Tensor:
    """The discriminator's loss of a step, a scalar."""
    real, fake = discriminator(torch.cat([batch.drawings, drawn.detach()]))[0].chunk(2)
    return losses.hinge_discriminator(real, fake)


def _dissimilarity(a: Tensor, b: Tensor) -> Tensor:
    return 1 - losses.ssim(a, b)


def _over(mask: Tensor, values: Tensor) -> Tensor:
    """The mean over the pictures that count; 0 where none does."""
    return (values * mask).sum() / mask.sum().clamp(min=1)
