"""What is trained, from what, how long and with which losses: the `finetune` section of params.yaml."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tasks.core.errors import nearest, require
from tasks.training.presets import complete

ARCHITECTURES = ("animeganv2", "student")
LAYERS = ("head", "staged", "all")
SCHEDULES = ("cosine", "constant")
PRECISIONS = ("auto", "fp32", "bf16", "fp16")
FORMATS = ("fp16", "int8")
CONTROLS = ("strength", "hair", "age", "style")

_FACES = ("identity", "skin", "landmarks")
TERMS = {  # what each recipe holds drawings against
    "paired": ("l1", "colour", "gradient", "ssim", "perceptual", "gram", "adversarial", *_FACES),
    "animegan": ("content", "gram", "colour", "smooth", "adversarial", *_FACES),
    "cyclegan": ("cycle", "same", "adversarial", *_FACES),
}


@dataclass(frozen=True)
class Weights:
    """What each loss counts; 0 leaves it out and costs nothing."""

    l1: float = 0.0  # to the paired drawing
    colour: float = 0.0  # chrominance: to the paired drawing, or to the photo (animegan)
    gradient: float = 0.0  # slopes: sharp lines
    ssim: float = 0.0
    perceptual: float = 0.0  # features of VGG19 where it is at hand, else of Gabor filters (nets/gabor.py)
    adversarial: float = 0.0
    content: float = 0.0  # features of the photo
    gram: float = 0.0  # the style: which of those features occur together
    smooth: float = 0.0  # total variation
    cycle: float = 0.0  # there and back again
    same: float = 0.0  # a drawing stays as it is
    identity: float = 0.0  # the person, by a recognition network
    skin: float = 0.0  # the chroma of the face's skin
    landmarks: float = 0.0  # the places of eyes, nose and mouth

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            require(value >= 0, f"weights.{name} is {value}; use 0 or more")
        require(max(vars(self).values()) > 0, "weights are all 0; give one of them a weight")


@dataclass(frozen=True)
class Augment:
    """How pictures are varied as they are shown; 0 switches one off. Colour and light change on photos alone."""

    zoom: float = 0.15  # largest share cut off the frame's side; photo and paired drawing are cut alike
    mirror: bool = True
    colour: float = 0.1  # largest change of brightness, contrast and saturation
    light: float = 0.0  # largest strength of a light from one side
    dark_hair: float = 0.0  # share of the pairs whose hair is darkened, on both pictures

    def __post_init__(self) -> None:
        for name in ("zoom", "colour", "light"):
            value = getattr(self, name)
            require(0 <= value <= 0.5, f"augment.{name} is {value}; use 0 (off) to 0.5")
        require(0 <= self.dark_hair <= 1, f"augment.dark_hair is {self.dark_hair}; use 0 (off) to 1")


_ONE_OR_MORE = (lambda value: value >= 1, "use 1 or more")
_NONE_OR_MORE = (lambda value: value >= 0, "use 0 or more")
_POSITIVE = (lambda value: value > 0, "use a number above 0")
_LIMITS: dict[str, tuple[Callable[[float], bool], str]] = {
    **dict.fromkeys(("batch", "accumulate", "checkpoint_every", "kept_checkpoints", "threads"), _ONE_OR_MORE),
    **dict.fromkeys(("warmup", "workers", "frozen_critic_layers", "r1", "skin_margin"), _NONE_OR_MORE),
    **dict.fromkeys(("lr", "critic_rate"), _POSITIVE),
    "average": (lambda value: 0 <= value < 1, "use 0 to 0.9999"),
    "cutouts": (lambda value: 0 <= value <= 1, "use 0 to 1"),
    "face_ramp": (lambda value: 0 <= value <= 1, "use 0 to 1"),
    **dict.fromkeys(("steps", "epochs", "seed"), _NONE_OR_MORE),
    "identity_margin": (lambda value: 0 < value <= 1, "use above 0, up to 1"),
}


@dataclass(frozen=True)
class Plan:
    """A training from start to end; every field may stand in params.yaml, and what is absent is the preset's."""

    section = "finetune"  # of params.yaml, for what is said of its values

    preset: str = "default"
    recipe: str = "paired"  # paired | animegan | cyclegan
    architecture: str = "animeganv2"  # animeganv2 | student
    init: str = "base"  # base, scratch, or the path of weights of that architecture
    layers: str = "all"  # head: the last three convolutions, as published; staged: from the last to the first; all
    steps: int = 0  # either steps or epochs
    epochs: float = 0.0
    batch: int = 4  # pictures in a step, over all processes
    accumulate: int = 1  # parts of a batch that are computed one after the other, to need less memory
    sizes: tuple[int, ...] = (128, 256)  # px, sides of what is shown, each for an equal share of the steps
    cutouts: float = 0.0  # share of the steps, the first ones, on unreduced squares of these sides: fine strokes
    lr: float = 0.0002
    critic_rate: float = 2.0  # the critics' learning rate in units of lr
    warmup: int = 20  # steps from 0 to lr
    schedule: str = "cosine"  # cosine: from there down to lr / 100 | constant
    average: float = 0.99  # decay of the running mean of the weights, which is what is kept; 0 keeps the last ones
    identity_encoder: str = "embedded"  # embedded, a recognition network of the registry, or an ONNX file
    identity_margin: float = 1.0  # cosine from which the identity loss pulls no more
    landmark_net: str = "embedded"  # embedded, or a landmark network of the registry
    face_ramp: float = 0.2  # share of the steps over which the losses on faces grow to their weight
    skin_margin: float = 2.0  # distance in Lab's a, b up to which skin may differ from the photo's
    spectral_norm: bool = True  # on the critics
    r1: float = 0.0  # weight of the critics' gradient penalty on real pictures
    frozen_critic_layers: int = 0  # low layers of the critics that keep their weights
    critic_init: str = ""  # path of critics.safetensors of an earlier training
    control: tuple[str, ...] = ()  # what can be asked for: strength, which comes with all, hair, age, style
    augment: Augment = field(default_factory=Augment)
    precision: str = "auto"  # auto: bf16 where the processor has it | fp32 | bf16 | fp16 (a GPU)
    compile: bool = False  # torch.compile of the generator
    workers: int = 0  # processes that read ahead; 0 reads between the steps
    threads: int = 2
    seed: int = 1
    checkpoint_every: int = 50  # steps
    kept_checkpoints: int = 2
    formats: tuple[str, ...] = FORMATS  # beside FP32: fp16 for GPUs, int8 where it passes its gate
    weights: Weights = field(default_factory=lambda: Weights(l1=1.0))

    def __post_init__(self) -> None:
        self._one_of("recipe", self.recipe, tuple(TERMS))
        self._one_of("architecture", self.architecture, ARCHITECTURES)
        self._one_of("layers", self.layers, LAYERS)
        self._one_of("schedule", self.schedule, SCHEDULES)
        self._one_of("precision", self.precision, PRECISIONS)
        for name in self.control:
            self._one_of("control", name, CONTROLS)
        for name in self.formats:
            self._one_of("formats", name, FORMATS)
        for name, (holds, remedy) in _LIMITS.items():
            value = getattr(self, name)
            require(holds(value), f"{self.section}.{name} is {value}; {remedy}")
        self._check_length()
        self._check_weights()

    def _check_length(self) -> None:
        length = f"{self.section}.steps is {self.steps} and {self.section}.epochs is {self.epochs:g}"
        require((self.steps > 0) != (self.epochs > 0), f"{length}; give one of the two a number above 0")
        parts = f"{self.section}.batch is {self.batch} and {self.section}.accumulate is {self.accumulate}"
        require(self.batch % self.accumulate == 0, f"{parts}; the batch must divide into as many parts")
        require(bool(self.sizes), f"{self.section}.sizes is empty; give at least one side in pixels")
        for size in self.sizes:
            fits = size >= 32 and size % 4 == 0
            require(fits, f"{self.section}.sizes holds {size}; use multiples of 4 from 32 pixels up")

    def _check_weights(self) -> None:
        known = TERMS[self.recipe]
        for name, value in vars(self.weights).items():
            fault = f"{self.section}.weights.{name} is {value}, and the recipe {self.recipe} has no such loss"
            require(not value or name in known, f"{fault}; it has {', '.join(known)}")

    @classmethod
    def complete(cls, values: dict[str, Any]) -> dict[str, Any]:
        """The section's values over those of its preset."""
        return complete(values, cls.preset)

    def total(self, pictures: int) -> int:
        """Steps of the whole training over so many training pictures."""
        return self.steps or max(1, round(self.epochs * pictures / self.batch))

    def cuts_out(self, step: int, total: int) -> bool:
        """Whether a step (0 ...) shows cutouts, in which no whole face need be."""
        return step < round(total * self.cutouts)

    def size_at(self, step: int, total: int) -> int:
        """The frame's side in pixels at a step (0 ...)."""
        return self.sizes[min(len(self.sizes) - 1, step * len(self.sizes) // total)]

    def _one_of(self, name: str, value: str, choices: tuple[str, ...]) -> None:
        require(value in choices, f"{self.section}.{name} is {value!r}; {nearest(value, list(choices))}")


@dataclass(frozen=True)
class Lesson(Plan):
    """A plan and who teaches: the `student` section of params.yaml."""

    section = "student"
    preset: str = "student"
    architecture: str = "student"
    teacher: str = "finetune"  # the generator just fine-tuned; or cel, a model of the registry, an .onnx file
    teacher_colour: str = "rgb"  # of an .onnx teacher: rgb | bgr
