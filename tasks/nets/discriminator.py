"""The PatchGAN discriminator: is each patch drawn by hand, or by the generator?

Isola, Zhu, Zhou, Efros: "Image-to-Image Translation with Conditional Adversarial Networks" (CVPR 2017), with the
spectral norm of Miyato et al. (ICLR 2018) on every convolution, which bounds its slope and steadies the training.
"""

from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm


class Discriminator(nn.Module):
    """Judge drawings of n x 3 x h x w RGB in -1..1, h and w at least 32; a patch spans 34 pixels, two eyes' lines."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        plan = [(3, width, 2), (width, 2 * width, 2), (2 * width, 4 * width, 1), (4 * width, 1, 1)]
        self.layers = nn.ModuleList([spectral_norm(nn.Conv2d(i, o, 4, s, 1)) for i, o, s in plan])

    def forward(self, drawings: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Give the scores, n x 1 x h' x w', positive for real, and the features of each hidden layer."""
        features: list[Tensor] = []
        x = drawings
        for layer in self.layers[:-1]:
            x = nn.functional.leaky_relu(layer(x), 0.2)
            features.append(x)
        return self.layers[-1](x), features
