"""The game between generator and critic: both sides of two losses, and what keeps a critic's slope small.

Scores are a critic's n x 1 x h' x w' map, one for each patch, higher for real.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional


def hinge_critic(real: Tensor, fake: Tensor) -> Tensor:
    """The critic's hinge loss, a scalar: real above 1, drawn below -1 (Lim, Ye: "Geometric GAN", 2017)."""
    return functional.relu(1 - real).mean() + functional.relu(1 + fake).mean()


def hinge_generator(fake: Tensor) -> Tensor:
    """The generator's side of the hinge loss (n): lower where the critic takes the drawing for real."""
    return -fake.mean(dim=(1, 2, 3))


def least_squares(scores: Tensor, wanted: float) -> Tensor:
    """Mean square of the scores' distance to the wanted one (n); 0 where every patch has it.

    A critic wants 1 of real pictures and 0 of drawn ones, the generator 1 of its drawings. Mao et al.: "Least Squares
    Generative Adversarial Networks" (ICCV 2017), with a = 0, b = c = 1, and without its factor of one half.
    """
    return (scores - wanted).square().mean(dim=(1, 2, 3))


def gradient_penalty(critic: Callable[[Tensor], tuple[Tensor, Sequence[Tensor]]], real: Tensor) -> Tensor:
    """Half the squared slope of the scores at real pictures (n): a critic that is flat there leaves the game at rest.

    `critic` gives n x ... scores, and features, of n x 3 x h x w pictures. With one score per picture this is R1 to the
    letter; with many it is R1 of their sum for each score, so that a weight holds for every size of picture.
    Mescheder, Geiger, Nowozin: "Which Training Methods for GANs do actually Converge?" (ICML 2018), eq. 9.
    """
    real = real.detach().requires_grad_()
    scores, _ = critic(real)
    (slope,) = torch.autograd.grad(scores.sum(), real, create_graph=True)
    return slope.square().sum(dim=(1, 2, 3)) * (len(real) / (2 * scores.numel()))
