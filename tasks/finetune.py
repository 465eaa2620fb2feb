"""Fine-tune the AnimeGANv2 generator on the accepted pairs, so that drawings keep the person.

The same inputs and parameters give the same bytes in data/finetune/, with any number of interruptions: the training
lives in data/finetune.part/ until it is finished, and goes on from its last checkpoint there.
"""

import csv
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from tasks.core import params
from tasks.core.manifest import whole, write_json
from tasks.core.shards import digest, file_digest, settings_digest
from tasks.core.stage import log, start
from tasks.faces.finder import Settings
from tasks.deploy import export
from tasks.nets.discriminator import Discriminator
from tasks.nets.encoders import LossEncoder, open_loss_encoder
from tasks.nets.generator import Generator, load_generator, new_generator
from tasks.training.paired import Judges
from tasks.training.stream import Pairs
from tasks.training.recipe import Recipe
from tasks.training.loop import Row, Training, bf16_supported, fidelity
from tasks.nets.vgg import find_vgg

BASE = Path("data/models/base.safetensors")
OUT, PART = Path("data/finetune"), Path("data/finetune.part")
REPORT = Path("reports/finetune.json")
Card = dict[str, Any]


def initial(recipe: Recipe) -> tuple[Generator, str]:
    """The generator that training starts from, and what it is: a digest of its file, or the seed."""
    if recipe.init == "scratch":
        return new_generator(recipe.seed), f"scratch, seed {recipe.seed}"
    path = BASE if recipe.init == "base" else Path(recipe.init)
    return load_generator(path), file_digest(path)


def judges_of(recipe: Recipe, licence: str) -> Judges:
    """The networks that the recipe's weights ask for; the discriminator starts from the recipe's seed."""
    weights = recipe.weights
    vgg = find_vgg() if weights.perceptual else None
    torch.manual_seed(recipe.seed + 1)
    adversary = Discriminator() if weights.adversarial or (weights.perceptual and not vgg) else None
    encoder = open_loss_encoder(recipe.identity_encoder, licence) if weights.identity else None
    return Judges(encoder, vgg, adversary)


def code_digest() -> str:
    """One digest of the code that decides what training gives."""
    here = Path(__file__)
    return digest(*[path.read_bytes() for path in [here, *sorted((here.parent / "nets").glob("*.py"))]])


def train(training: Training, path: Path, key: str) -> None:
    """Run to the last step from the checkpoint at `path`, with a line and a checkpoint now and then."""
    recipe = training.recipe
    checkpoint.resume(training, path, key)
    began, first = time.perf_counter(), training.step
    for row in _followed(training.run(), recipe.steps, first):
        if training.step % recipe.checkpoint_every == 0:
            checkpoint.save(training, path, key)
        if training.step % max(1, min(50, recipe.steps // 10)) == 0 or training.step == recipe.steps:
            pace = (training.step - first) / (time.perf_counter() - began)
            log.info("finetune: step %d of %d, %s, %.2f steps/s", training.step, recipe.steps, _losses(row), pace)
    checkpoint.save(training, path, key)


def _followed(rows: Iterator[Row], total: int, done: int) -> Iterator[Row]:
    return iter(tqdm(rows, "finetune", total, initial=done, leave=False, disable=not sys.stderr.isatty()))


def _losses(row: Row) -> str:
    return ", ".join(f"{name} {value:.3f}" for name, value in row.items() if name not in ("step", "lr"))


def result(training: Training, recipe: Recipe) -> Generator:
    """The trained generator: the running mean of its weights, or the last ones."""
    chosen = training.average if recipe.average else training.generator
    generator = Generator()
    generator.load_state_dict(chosen.state_dict())
    return generator.eval()


def card_of(recipe: Recipe, pairs: Pairs, origin: str, encoder: LossEncoder | None, scores: Card) -> Card:
    """What the weights are: where they come from, what they learned from, how well."""
    return {
        "architecture": "AnimeGANv2 generator, 2143552 parameters, n x 3 x h x w RGB in -1..1",
        "bf16": recipe.bf16 and bf16_supported(),
        "init": {"name": recipe.init, "digest": origin, "licence": _licence(recipe.init)},
        "loss_encoder": {"name": encoder.name, "digest": encoder.digest} if encoder else None,
        "pairs": {"train": len(pairs.split("train")), "val": len(pairs.split("val")), "digest": pairs.digest},
        "inputs": pairs.digests,
        "params": asdict(recipe),
        "scores": scores,
        "torch": torch.__version__,
    }


def _licence(init: str) -> str:
    known = {
        "scratch": "none: trained from random weights",
        "base": "this project's; its photos have unclear rights: research (data/models/base.json)",
    }
    return known.get(init, "the file's own: ask where it came from")


def write_history(rows: list[Row], path: Path) -> None:
    """One line per step; a loss that a step did not have stays empty."""
    names = sorted({name for row in rows for name in row} - {"step"})
    with whole(path) as part, part.open("w", newline="") as file:
        lines = csv.DictWriter(file, ["step", *names], lineterminator="\n")
        lines.writeheader()
        lines.writerows({k: int(v) if k == "step" else f"{v:.6g}" for k, v in row.items()} for row in rows)


def publish(training: Training, generator: Generator, card: Card) -> None:
    """Put the finished folder in place in one step, and drop the part."""
    ready = PART / "ready"
    shutil.rmtree(ready, ignore_errors=True)
    ready.mkdir(parents=True)
    export.save_weights(generator.state_dict(), ready / "generator.safetensors")
    export.save_onnx(generator, ready / "generator.onnx")
    write_history(training.history, ready / "history.csv")
    write_json(ready / "card.json", card)
    if OUT.exists():
        shutil.rmtree(OUT)
    ready.replace(OUT)
    shutil.rmtree(PART)


def main() -> None:
    """data/pair.parquet, data/align, data/teacher and the initial weights -> data/finetune, reports/finetune.json."""
    recipe, faces = params.load("finetune", Recipe), params.load("faces", Settings)
    torch.set_num_threads(recipe.threads)
    torch.use_deterministic_algorithms(True)
    pairs = Pairs()
    generator, origin = initial(recipe)
    judges = judges_of(recipe, faces.licence)
    log.info("finetune: %d training pairs, %d for validation", len(pairs.split("train")), len(pairs.split("val")))
    before = fidelity(generator.eval(), pairs)
    training = Training(recipe, generator, judges, pairs)
    encoder = judges.encoder.digest if judges.encoder else ""
    key = digest(pairs.digest, settings_digest(asdict(recipe)), origin, encoder, code_digest(), torch.__version__)
    PART.mkdir(parents=True, exist_ok=True)
    train(training, PART / "checkpoint.pt", key)
    final = result(training, recipe)
    scores = {"val_ssim_before": _rounded(before), "val_ssim_after": _rounded(fidelity(final, pairs))}
    publish(training, final, card_of(recipe, pairs, origin, judges.encoder, scores))
    report(training, pairs, scores)


def report(training: Training, pairs: Pairs, scores: Card) -> None:
    """reports/finetune.json: what went in, the last losses, the scores."""
    last = {name: round(value, 5) for name, value in training.history[-1].items() if name not in ("step", "lr")}
    train_pairs, held_out = len(pairs.split("train")), len(pairs.split("val"))
    counts = {"in": train_pairs + held_out, "kept": train_pairs, "reasons": {"held_out": held_out}}
    independent = training.recipe.identity_encoder if training.judges.encoder else None
    write_json(REPORT, {**counts, "steps": training.step, "losses": last, "loss_encoder": independent, **scores})
    log.info("finetune: SSIM to the paired drawings %s -> %s", *scores.values())


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


if __name__ == "__main__":
    start(main)
