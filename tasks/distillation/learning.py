"""How every small net of a distillation learns: the same steps over its own lessons."""

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor, nn

from tasks.core.image import Image


def learn(
    net: nn.Module, loss_at: Callable[[int], Tensor], steps: int, lr: float, weight_decay: float
) -> Iterator[tuple[int, float]]:
    """Train the net on the loss of each step (0 ...), and yield (step, loss) after it; no chance of its own."""
    net.train().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = torch.optim.AdamW(net.parameters(), lr, weight_decay=weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, total_steps=steps + 1, pct_start=0.1)
    for step in range(steps):
        loss = loss_at(step)
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()
        schedule.step()
        yield step + 1, loss.item()


def to_faces(crops: list[Image]) -> Tensor:
    """Stack 112 x 112 RGB crops to n x 3 x 112 x 112 in -1..1."""
    pixels = torch.from_numpy(np.stack(crops)).permute(0, 3, 1, 2).float()
    return (pixels / 127.5 - 1).contiguous(memory_format=torch.channels_last)
