"""What holds the features in place: eyes, brows, nose and mouth of the drawing where the photo has them."""

import torch
from torch import Tensor

from tasks.losses.crops import arc_crop
from tasks.nets.landmark_net import LandmarkNet

_EYE_CORNERS = (36, 45)  # the outer ones, in the order of 300-W
_UNIT = 0.05  # normalised mean error that costs about 1; a fit counts as failed from 0.08 on
_SLACK = 0.01  # of the inter-ocular distance: below it the network's own noise, above it a shift


def landmark_shift(net: LandmarkNet, drawn: Tensor, plain: Tensor, points: Tensor, arc: Tensor) -> Tensor:
    """Give the mean shift of the inner points over the inter-ocular distance, in units of 0.05, per picture (n).

    drawn and plain: n x 3 x h x w in -1..1; points: n x 68 x 2, the photo's landmarks in their pixels; arc: n x 2 x 3,
    from their pixels to the ArcFace template. The drawing is held against what the same network finds in the plain
    photo, not against `points`: so its own bias, as large as the shifts that matter, cancels, and a mirrored picture
    needs no reordering. Each distance d is taken as sqrt(d^2 + 0.01^2) - 0.01 (Charbonnier et al., ICIP 1994), which
    pulls ever less where only the network's noise is left. float32 also under autocast: these are coordinates.
    """
    with torch.autocast(drawn.device.type, enabled=False):
        frame = _frame(net, arc.float())
        with torch.no_grad():
            wanted = net(arc_crop(plain.float(), frame))
        gaps: Tensor = net(arc_crop(drawn.float(), frame)) - wanted
        squares = (gaps**2).sum(2) / _eye_distance(points.float(), frame)[:, None] ** 2
        return ((squares + _SLACK**2).sqrt() - _SLACK).mean(1) / _UNIT


def _frame(net: LandmarkNet, arc: Tensor) -> Tensor:
    """From the pictures' pixels to the network's crop, n x 2 x 3."""
    turn, shift = net.crop[:, :2], net.crop[:, 2:]
    return torch.cat([turn @ arc[:, :, :2], turn @ arc[:, :, 2:] + shift], 2)


def _eye_distance(points: Tensor, frame: Tensor) -> Tensor:
    """The distance of the outer eye corners in crop pixels (n), at least one."""
    left, right = _EYE_CORNERS
    zoom = torch.linalg.det(frame[:, :, :2]).abs().sqrt()
    across = torch.linalg.vector_norm(points[:, left] - points[:, right], dim=1)
    return torch.as_tensor(across * zoom).clamp(min=1)
