"""One training from its plan to a finished folder: what the stages that train have in common.

The same inputs and parameters give the same bytes, with any number of interruptions: a training lives in a `.part`
folder beside its output until it is finished, and goes on from its last good checkpoint there.
"""

import os
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path

import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from torch import nn
from tqdm import tqdm

from tasks.core.errors import UserError
from tasks.core.shards import digest, file_digest, settings_digest
from tasks.core.stage import log
from tasks.faces import registry
from tasks.nets import architectures, vgg, weights
from tasks.nets.condition import Conditioned, Vocabulary
from tasks.styles.trained import BASES
from tasks.training import checkpoint, history, recipes, samples
from tasks.training.batch import Batch
from tasks.training.faults import Row
from tasks.training.loop import Training
from tasks.training.plan import Plan
from tasks.training.publishing import Place, publish
from tasks.training.stream import Stream
from tasks.training.unfreezing import trainable

SHOWN = 32  # validation pairs behind the SSIM of before and after
ROOMS = ("core", "deploy", "faces", "losses", "nets", "scores", "training")  # whose code decides what a training gives
NEUTRAL = {"checkpoint_every", "formats", "kept_checkpoints", "workers"}  # settings that change no weight


def run(plan: Plan, licence: str, stream: Stream, place: Place) -> None:
    """Train as planned, on as many processes as were launched, and put the results in place."""
    accelerator = machine(plan)
    stream.check(plan)
    generator, origin = initial(plan, stream.vocabulary, licence)
    recipe = recipes.build(plan, generator, licence, accelerator.device)
    if plan.critic_init:
        experienced(recipe.critics, Path(plan.critic_init), plan)
    unfreeze = partial(trainable, generator, architectures.depths(plan.architecture), plan.layers)
    training = Training(plan, recipe, stream.total, accelerator, unfreeze)
    log.info("%s: %d training pairs, %d for validation", place.out.name, stream.count("train"), stream.count("val"))
    frames = stream.frames("val", SHOWN).to(accelerator.device)
    before = samples.fidelity(generator, frames)
    train(training, stream, frames, place.part, key(training, stream, origin))
    if accelerator.is_main_process:
        publish(training, stream, frames, origin, before, place)
    accelerator.wait_for_everyone()


def machine(plan: Plan) -> Accelerator:
    """The devices and processes of this launch; deterministic, where a GPU has deterministic operators at all."""
    torch.set_num_threads(plan.threads)
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    half = plan.precision == "fp16" and torch.cuda.is_available()  # precision.chosen refuses it elsewhere
    accelerator = Accelerator(mixed_precision="fp16" if half else "no")
    torch.use_deterministic_algorithms(True, warn_only=accelerator.device.type != "cpu")
    torch.set_float32_matmul_precision("high" if accelerator.device.type == "cuda" else "highest")
    set_seed(plan.seed)
    return accelerator


def initial(plan: Plan, vocabulary: Vocabulary, licence: str) -> tuple[nn.Module, str]:
    """The generator that training starts from, and what it is: a digest of its file, or the seed.

    With `control` it gets a condition that changes nothing yet; one that has a condition of the same words keeps it.
    UserError for a file that the licence policy refuses.
    """
    if plan.init == "scratch":
        net, origin = architectures.new(plan.architecture, plan.seed), f"scratch, seed {plan.seed}"
    else:
        path = BASES[plan.architecture] if plan.init == "base" else Path(plan.init)
        net, origin = architectures.load(plan.architecture, path), file_digest(path)
        registry.allow_file(path, licence)
    if isinstance(net, Conditioned) and not (plan.control and net.vocabulary == vocabulary):
        net = net.generator
    if plan.control and not isinstance(net, Conditioned):
        torch.manual_seed(plan.seed)
        net = Conditioned(net, vocabulary)
    return net, origin


def experienced(critics: nn.ModuleDict, path: Path, plan: Plan) -> None:
    """Give the critics the weights of an earlier training; raises UserError where the file holds other critics."""
    asked = f"{plan.section}.critic_init {path}"
    state = weights.read(path)
    if {name: t.shape for name, t in state.items()} != {name: t.shape for name, t in critics.state_dict().items()}:
        raise UserError(f"{asked} holds other critics than this training has; give critics.safetensors of one like it")
    critics.load_state_dict(state)


def key(training: Training, stream: Stream, origin: str) -> str:
    """One digest of all that decides what the training gives: a checkpoint of another key is not gone on from."""
    here = Path(__file__).parent.parent
    code = digest(*[path.read_bytes() for room in ROOMS for path in sorted((here / room).glob("*.py"))])
    settings = settings_digest({k: v for k, v in asdict(training.plan).items() if k not in NEUTRAL})
    critics = file_digest(Path(training.plan.critic_init)) if training.plan.critic_init else ""
    machine = training.accelerator
    how = digest(training.precision, machine.device.type, str(machine.num_processes), torch.__version__)
    return digest(stream.digest, settings, origin, critics, training.recipe.faces.digest, vgg.origin(), code, how)


def train(training: Training, stream: Stream, frames: Batch, part: Path, key: str) -> None:
    """Run to the last step, with a line per epoch, checkpoints, and sheets of samples."""
    plan, writes = training.plan, training.accelerator.is_main_process
    checkpoint.resume(training, part, key)
    if writes and training.step == 0:
        shutil.rmtree(part / "samples", ignore_errors=True)  # of a training that did not end
        (part / "samples").mkdir(parents=True)
        samples.save(training.average, frames, part / "samples", 0)
    epochs = Epochs(training, stream.count("train"))
    for _ in followed(training, stream):
        epochs.tell()
        if writes and samples.due(training.step, training.total):
            samples.save(training.average, frames, part / "samples", training.step)
        if writes and training.step % plan.checkpoint_every == 0:
            checkpoint.save(training, part, key)
    if writes:
        checkpoint.save(training, part, key)


def followed(training: Training, stream: Stream) -> Iterator[Row]:
    """The steps that are left, with a progress bar on a terminal."""
    accelerator = training.accelerator
    batches = partial(stream.batches, rank=accelerator.process_index, world=accelerator.num_processes)
    hidden = not (accelerator.is_main_process and sys.stderr.isatty())
    steps = training.run(batches)
    return iter(tqdm(steps, "training", training.total, initial=training.step, leave=False, disable=hidden))


class Epochs:
    """One line in the log for every epoch that ends, with its mean losses and the speed since the start."""

    def __init__(self, training: Training, pictures: int) -> None:
        self._training, self._pictures = training, pictures
        self._first, self._began = training.step, time.perf_counter()
        self._told = self._epoch()

    def tell(self) -> None:
        """Say what the last epoch cost, if one has just ended."""
        training, now = self._training, self._epoch()
        if now == self._told and training.step < training.total:
            return
        rows = training.history[-max(1, self._pictures // training.plan.batch) :]
        speed = (training.step - self._first) * training.plan.batch / (time.perf_counter() - self._began)
        line = "epoch %d, step %d of %d: %s; %.2f images/s"
        log.info(line, now, training.step, training.total, history.told(history.mean(rows)), speed)
        self._told = now

    def _epoch(self) -> int:
        return self._training.step * self._training.plan.batch // self._pictures
