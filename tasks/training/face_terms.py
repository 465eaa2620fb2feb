"""What holds a drawing to its person in every recipe: identity, skin colour, and the places of the features."""

from dataclasses import dataclass

import torch
from torch import Tensor

from tasks.core.shards import digest
from tasks.losses.identity import identity_loss
from tasks.losses.landmarks import landmark_shift
from tasks.losses.skin import skin_shift
from tasks.nets.encoders import LossEncoder, open_loss_encoder
from tasks.nets.landmark_net import LandmarkNet, open_landmark_net
from tasks.training.batch import Batch
from tasks.training.plan import Plan

Terms = dict[str, Tensor]  # losses by name, each weighted, each a scalar


@dataclass(frozen=True)
class FaceTerms:
    """The weighted losses on faces; a network is None where no weight asks for it."""

    plan: Plan
    encoder: LossEncoder | None
    landmark_net: LandmarkNet | None

    @property
    def digest(self) -> str:
        """One digest of the networks."""
        return digest(*[net.digest for net in (self.encoder, self.landmark_net) if net])

    def to(self, device: torch.device) -> "FaceTerms":
        """The same with its networks on another device."""
        encoder = self.encoder.to(device) if self.encoder else None
        return FaceTerms(self.plan, encoder, self.landmark_net.to(device) if self.landmark_net else None)

    def __call__(self, batch: Batch, drawn: Tensor, progress: float) -> Terms:
        """The losses by name, each a scalar that grows to its weight over the first `face_ramp` of the training.

        Of cutouts, which may hold half a face, the skin colour alone is compared.
        """
        weights, found = self.plan.weights, {}
        if self.encoder and batch.faces:
            found["identity"] = identity_loss(self.encoder, drawn, batch.plain, batch.arc, self.plan.identity_margin)
        if weights.skin:
            found["skin"] = skin_shift(drawn, batch.plain, batch.skin, self.plan.skin_margin)
        if self.landmark_net and batch.faces:
            found["landmarks"] = landmark_shift(self.landmark_net, drawn, batch.plain, batch.points, batch.arc)
        grown = min(1.0, progress / self.plan.face_ramp) if self.plan.face_ramp else 1.0
        return {name: getattr(weights, name) * grown * value.mean() for name, value in found.items()}


def open_face_terms(plan: Plan, licence: str) -> FaceTerms:
    """The terms with the networks that their weights ask for; raises UserError as the networks' openers do."""
    encoder = open_loss_encoder(plan.identity_encoder, licence) if plan.weights.identity else None
    landmark_net = open_landmark_net(plan.landmark_net, licence) if plan.weights.landmarks else None
    return FaceTerms(plan, encoder, landmark_net)
