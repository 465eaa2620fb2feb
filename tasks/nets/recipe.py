"""How a generator is trained: the `finetune` section of params.yaml."""

from dataclasses import dataclass, field
from typing import cast

from tasks.core.errors import require
from tasks.nets.generator import Layers


@dataclass(frozen=True)
class Weights:
    """What each loss counts; 0 leaves it out and costs nothing."""

    l1: float = 1.0
    colour: float = 2.0
    gradient: float = 1.0
    ssim: float = 0.5
    perceptual: float = 2.0
    identity: float = 0.5
    adversarial: float = 0.05

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            require(value >= 0, f"finetune.weights.{name} is {value}; use 0 or more")
        require(max(vars(self).values()) > 0, "finetune.weights are all 0; give one of them a weight")


@dataclass(frozen=True)
class Recipe:
    """Start, length, pictures, losses and bookkeeping of a training; defaults are a demo of a minute."""

    init: str = "base"  # base, scratch, or the path of AnimeGANv2 weights
    layers: str = "all"  # head: the last three convolutions, as published; all
    steps: int = 60
    batch: int = 4  # crops in a step; of whole frames as many as cover no more pixels, at least 1
    size: int = 128  # px, side of the random crops
    frames: float = 0.5  # share of the steps, the last ones, on whole frames: norms see what they see in use
    lr: float = 0.0002
    warmup: int = 20  # steps from 0 to lr; then a cosine down to lr / 100
    average: float = 0.99  # decay of the running mean of the weights, which is what is kept; 0 keeps the last ones
    identity_encoder: str = "embedded"  # embedded, a recognition network of the registry, or an ONNX file
    identity_margin: float = 1.0  # cosine from which the identity loss pulls no more
    seed: int = 1
    checkpoint_every: int = 50
    threads: int = 2
    bf16: bool = True  # half-width arithmetic where the processor has it; the weights stay FP32
    weights: Weights = field(default_factory=Weights)

    def __post_init__(self) -> None:
        require(self.layers in ("head", "all"), f"finetune.layers is {self.layers!r}; use head or all")
        for name in ("steps", "batch", "checkpoint_every", "threads"):
            value = getattr(self, name)
            require(value >= 1, f"finetune.{name} is {value}; use 1 or more")
        require(self.size >= 32, f"finetune.size is {self.size}; use 32 pixels or more")
        require(0 <= self.frames <= 1, f"finetune.frames is {self.frames}; use 0 to 1")
        require(self.lr > 0, f"finetune.lr is {self.lr}; use a number above 0")
        require(0 <= self.average < 1, f"finetune.average is {self.average}; use 0 to 0.9999")
        require(self.warmup >= 0, f"finetune.warmup is {self.warmup}; use 0 or more steps")
        require(
            0 < self.identity_margin <= 1, f"finetune.identity_margin is {self.identity_margin}; use above 0, up to 1"
        )

    @property
    def trainable(self) -> Layers:
        """The layers, as `freeze` takes them."""
        return cast(Layers, self.layers)

    @property
    def first_frame(self) -> int:
        """The step from which on whole frames are shown."""
        return self.steps - round(self.steps * self.frames)
