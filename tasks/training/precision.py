"""Half-width arithmetic over full-width weights: twice the speed where the processor has it, the same training."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call

from tasks.core.errors import require


def bf16_supported(device: torch.device) -> bool:
    """Whether the device multiplies bfloat16 itself; emulated, it would be slower than float32."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    try:
        return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    except AttributeError:  # a build without oneDNN
        return False


def chosen(precision: str, device: torch.device) -> str:
    """fp32, bf16 or fp16 for what the plan says, "auto" decided by the device; UserError for fp16 on a processor."""
    fault = "precision is fp16, which takes a GPU; use auto, bf16 or fp32 here"
    require(precision != "fp16" or device.type == "cuda", fault)
    if precision == "auto":
        return "bf16" if bf16_supported(device) else "fp32"
    return precision


class Narrow(nn.Module):
    """A generator that runs in bfloat16, from float32 pictures and weights to float32 pictures.

    Casting all weights first is faster than autocast, which brings every norm back to float32 (1.12 against 0.93
    images/s of AnimeGANv2, forward and backward at 256 x 256 on one core; 0.53 in float32). Batch norms keep their
    float32 statistics.
    """

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net
        norms = [part for part in net.modules() if isinstance(part, nn.BatchNorm2d)]
        wide = {id(weight) for norm in norms for weight in norm.parameters()}
        self._wide = {name for name, weight in net.named_parameters() if id(weight) in wide}

    def forward(self, *inputs: Tensor) -> Tensor:
        """Run the network on the inputs; gradients arrive at its float32 weights."""
        narrow: dict[str, Any] = {
            name: weight if name in self._wide else weight.bfloat16() for name, weight in self.net.named_parameters()
        }
        return torch.as_tensor(functional_call(self.net, narrow, tuple(x.bfloat16() for x in inputs))).float()


class Autocast(nn.Module):
    """A network under autocast to a half width, whose results are float32: losses are computed in full.

    Critics need it, whose spectral norms want whole weights, and float16, which needs wide norms.
    """

    def __init__(self, net: nn.Module, width: torch.dtype) -> None:
        super().__init__()
        self.net, self._width = net, width

    def forward(self, *inputs: Tensor) -> Any:
        """What the network gives: a tensor, or scores and a list of features."""
        with torch.autocast(inputs[0].device.type, self._width):
            found = self.net(*inputs)
        if isinstance(found, Tensor):
            return found.float()
        score, features = found
        return score.float(), [feature.float() for feature in features]
