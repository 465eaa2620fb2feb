"""What holds a drawing to its person: the same identity. One value per picture (n)."""

import torch
from torch import Tensor
from torch.nn import functional

from tasks.losses.crops import arc_crop
from tasks.nets.encoders import LossEncoder


def identity_loss(encoder: LossEncoder, drawings: Tensor, photos: Tensor, arc: Tensor, margin: float = 1.0) -> Tensor:
    """Give `max(0, margin - cosine)` of the drawn and the photographed face, one value per picture (n).

    drawings and photos: n x 3 x h x w in -1..1; arc: n x 2 x 3, from their pixels to the 112-pixel ArcFace crop. The
    gradient flows through the drawing alone: the photo's embedding is a constant. ArcFace: Deng et al. (CVPR 2019).
    """
    with torch.no_grad():
        wanted = encoder.embed(arc_crop(photos, arc))
    return hinge_cosine(encoder.embed(arc_crop(drawings, arc)), wanted, margin)


def hinge_cosine(a: Tensor, b: Tensor, margin: float) -> Tensor:
    """`max(0, margin - cosine)` of unit embeddings (n x d): margin 1 is the plain `1 - cosine`.

    A margin below 1 stops pulling once the person is recognised, and is steadier (CurricularFace-style identity terms
    use margin 1; see Richardson et al., "Encoding in Style", CVPR 2021).
    """
    return functional.relu(margin - (a * b).sum(1))
