"""The two sides of the game between generator and discriminator."""

from torch import Tensor
from torch.nn import functional


def hinge_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """The discriminator's loss, a scalar: real above 1, drawn below -1 (Lim, Ye: "Geometric GAN", 2017)."""
    return functional.relu(1 - real).mean() + functional.relu(1 + fake).mean()


def hinge_generator(fake: Tensor) -> Tensor:
    """The generator's side of the hinge loss: lower where the discriminator takes the drawing for real."""
    return -fake.mean(dim=(1, 2, 3))
