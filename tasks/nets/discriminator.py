"""The PatchGAN discriminator: is each patch drawn by hand, or by the generator?

Isola, Zhu, Zhou, Efros: "Image-to-Image Translation with Conditional Adversarial Networks" (CVPR 2017), with the
spectral norm of Miyato et al. (ICLR 2018) on every convolution, which bounds its slope and steadies the training.
"""

from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from tasks.core.errors import require


class Discriminator(nn.Module):
    """Judge drawings of n x 3 x h x w RGB in -1..1, h and w at least 32; a patch spans 34 pixels, two eyes' lines."""

    def __init__(self, width: int = 32, spectral: bool = True) -> None:
        super().__init__()
        plan = [(3, width, 2), (width, 2 * width, 2), (2 * width, 4 * width, 1), (4 * width, 1, 1)]
        layers = [nn.Conv2d(i, o, 4, s, 1) for i, o, s in plan]
        self.layers = nn.ModuleList([spectral_norm(layer) for layer in layers] if spectral else layers)
        self._frozen = 0

    def forward(self, drawings: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Give the scores, n x 1 x h' x w', positive for real, and the features of each hidden layer."""
        features: list[Tensor] = []
        x = drawings
        for layer in self.layers[:-1]:
            x = nn.functional.leaky_relu(layer(x), 0.2)
            features.append(x)
        return self.layers[-1](x), features

    def freeze_low(self, count: int) -> None:
        """Let the lowest `count` layers keep the weights they have; UserError where none would be left to learn.

        Mo, Cho, Shin: "Freeze the Discriminator: a Simple Baseline for Fine-Tuning GANs" (2020). The weights become
        buffers of the same names: no optimiser sees them, no switch of gradients reaches them, and a state dict fits
        frozen and free critics alike.
        """
        most = len(self.layers) - 1
        fault = f"frozen_critic_layers is {count}; use 0 to {most}, for the last layer must learn to judge"
        require(0 <= count <= most, fault)
        for layer in self.layers[self._frozen : count]:
            _keep_weights(layer)
        self._frozen = max(self._frozen, count)
        self.train(self.training)

    def train(self, mode: bool = True) -> "Discriminator":
        """As any module's; the spectral norm of frozen layers follows no more, for their weights stand still."""
        super().train(mode)
        for layer in self.layers[: self._frozen]:
            layer.eval()
        return self


def _keep_weights(layer: nn.Module) -> None:
    for module in layer.modules():
        for name, weight in list(module.named_parameters(recurse=False)):
            delattr(module, name)
            module.register_buffer(name, weight.detach())
