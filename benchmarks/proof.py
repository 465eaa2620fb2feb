"""Does training keep the face? The losses on faces and on style off, one at a time, judged on unseen people.

Usage: python -m benchmarks.proof FOLDER [--steps N] [--models NAME=FILE.onnx ...] [--only NAME ...]

FOLDER is a copy of this project in which `dvc repro pair` ran with a teacher that distorts faces. Every variant of its
`finetune` section trains in FOLDER/.work/proof (a second call goes on where the first one stopped), then all of them,
the teacher itself and the models given draw the faces of the test split: reports/benchmarks/proof.md, and for the eye
FOLDER/.work/proof/sheet.png.
"""

import argparse
import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import yaml
from numpy.typing import NDArray

from benchmarks.sheet import sheet
from tasks import evaluate
from tasks.bench import machine
from tasks.core import image, manifest, params
from tasks.core.pool import pool
from tasks.core.shards import file_digest
from tasks.core.stage import log, start
from tasks.evaluate import COLLECTION
from tasks.faces.finder import Settings
from tasks.judging.conclusion import Limits, columns_of, features
from tasks.judging.judge import Instruments
from tasks.judging.memo import Memo, pictures
from tasks.judging.models import Model
from tasks.judging.referee import Referee, choose
from tasks.scores.interval import bootstrap
from tasks.scores.kernel import kernel_distance
from tasks.scores.style import standardised
from tasks.training.plan import Plan

OUT = Path("reports/benchmarks/proof.md").absolute()
WORK = Path(".work/proof")
LINKED = ("align", "teacher", "pair.parquet", "label.parquet", "models")
OFF = ("identity", "skin", "landmarks", "adversarial", "gram", "perceptual")
FACES = ("identity", "skin", "landmarks")
TEACHER = "the teacher itself"
Values = dict[str, Any]
People = NDArray[np.str_]


def main() -> None:
    """Train what is missing, draw, judge, write the table."""
    options = _options()
    os.chdir(options.folder)
    models = {name: train(name, changes) for name, changes in variants(options).items()}
    models |= dict(pair.split("=", 1) for pair in options.models)
    given, faces = params.load("evaluate", evaluate.Params), params.load("faces", Settings)
    referee = choose(given.encoder, params.read()["finetune"].get("identity_encoder", "embedded"), faces.licence)
    people = COLLECTION.held_out(given.split, given.max_faces)
    taught = COLLECTION.targets([*people])
    people = {face: person for face, person in people.items() if face in taught}
    tools = Instruments(faces, referee.score, referee.second, given.features)
    files = {name: Model(name, Path(path), file_digest(Path(path)), name) for name, path in models.items()}
    with pool() as workers:
        memo = Memo(COLLECTION.align, COLLECTION.teacher, WORK / "judged", tools, frozenset(people), workers)
        photos = memo.photos()
        drawn = {TEACHER: memo.scored("targets", COLLECTION.teacher, manifest.TEACHER)}
        drawn |= {name: memo.drawings(model) for name, model in files.items()}
    group = np.array([people[face] for face in photos["face_id"].to_pylist()])
    text = report(photos, drawn, group, referee, faces.licence, Limits(given.min_iou, given.deformed))
    with manifest.whole(OUT) as part:
        part.write_text(text)
    chosen = [*people][:: max(1, len(people) // 8)]
    shown = {"photo": COLLECTION.photos(chosen), TEACHER: COLLECTION.targets(chosen)}
    shown |= {name: pictures(memo.drawn(model), manifest.JUDGED_PICTURE, chosen) for name, model in files.items()}
    with manifest.whole(WORK / "sheet.png") as part:
        part.write_bytes(image.encode_png(sheet(shown, chosen)))
    print(text)


def variants(options: argparse.Namespace) -> dict[str, Values]:
    """Name -> what it changes of the `finetune` section: all losses, then each one off."""
    length = {"steps": options.steps} if options.steps else {}
    weights = params.load("finetune", Plan).weights
    found: dict[str, Values] = {"all losses": length}
    found["without any of the three on faces"] = length | {"weights": dict.fromkeys(FACES, 0)}
    found |= {f"without {name}": length | {"weights": {name: 0}} for name in OFF if getattr(weights, name)}
    return {name: changes for name, changes in found.items() if not options.only or name in options.only}


def train(name: str, changes: Values) -> str:
    """Train one variant in a folder of its own; gives its ONNX file."""
    folder = (WORK / name.replace(" ", "-")).absolute()
    (folder / "data").mkdir(parents=True, exist_ok=True)
    for link in LINKED:
        if not (folder / "data" / link).exists():
            (folder / "data" / link).symlink_to(Path("data", link).resolve())
    sections = params.read()
    weights = sections["finetune"].get("weights", {}) | changes.get("weights", {})
    sections["finetune"] |= changes | {"weights": weights}
    (folder / "params.yaml").write_text(yaml.safe_dump(sections))
    if not trained(folder):
        log.info("proof: training %s", name)
        subprocess.run([sys.executable, "-m", "tasks.finetune"], cwd=folder, check=True)
    return str(folder / "data/finetune/generator.onnx")


def trained(folder: Path) -> bool:
    """Whether the folder holds a training of just these settings and inputs; code is not looked at."""
    card = folder / "data/finetune/card.json"
    if not card.is_file():
        return False
    found = json.loads(card.read_text())
    plan = params.load("finetune", Plan, folder / "params.yaml")
    asked = json.loads(json.dumps(params.unplaced(asdict(plan))))
    same = {str(path): file_digest(path) for path in [Path("data/pair.parquet")]}
    return bool(found["params"] == asked and same.items() <= found["inputs"].items())


def report(
    photos: pa.Table, drawn: dict[str, pa.Table], people: People, referee: Referee, licence: str, limits: Limits
) -> str:
    """The page: what was judged by whom, and a row per model."""
    rows = [_row(photos, name, found, people, referee, licence, limits) for name, found in drawn.items()]
    head = (
        "# What each loss does for the face",
        machine(),
        f"{len(people)} faces of {len(set(people.tolist()))} people that training never saw. {referee.why} "
        f"In brackets the 95 % interval, drawn over people. Deformed: landmark error above {limits.deformed:g} of the "
        "distance between the eyes. Style distances are kernel distances over colour and stroke statistics "
        "(tasks/core/style.py), to the teacher's drawings of the same people and to the photos; the last column is "
        "the share of faces whose drawing is nearer to its teacher's drawing than to its photo.",
        "\n".join([*_TABLE, *rows]),
    )
    return "\n\n".join(head) + "\n"


_TABLE = (
    "| model | faces kept | identity | NME | deformed | skin colour shift | SSIM to the teacher "
    "| style: to the teacher | style: to the photos | nearer to the teacher |",
    "|---|---|---|---|---|---|---|---|---|---|",
)


def _row(
    photos: pa.Table, name: str, drawn: pa.Table, people: People, referee: Referee, licence: str, limits: Limits
) -> str:
    columns = columns_of(photos, drawn, referee, licence, None, limits)
    cells = [
        _mean(columns["kept"], people, 100, 1, " %"),
        _mean(columns["identity"], people, 1, 3),
        _mean(columns["nme"], people, 1, 3),
        _mean(columns["deformed"], people, 100, 1, " %"),
        _mean(columns["chroma_shift"], people, 1, 1),
        _mean(columns["ssim"], people, 1, 3),
        *_style(photos, drawn),
    ]
    return f"| {name} | {' | '.join(cells)} |"


def _mean(column: Any, people: Any, factor: float, digits: int, unit: str = "") -> str:
    found = bootstrap(column, people)
    value, low, high = (f"{part * factor:.{digits}f}" for part in (found.value, found.low, found.high))
    return f"{value}{unit} ({low} to {high})"


def _style(photos: pa.Table, drawn: pa.Table) -> list[str]:
    """Distance to the teacher's drawings, to the photos, and the share of faces nearer to the former."""
    sets = photos["target_features"], photos["features"], drawn["features"]
    goal, photo, own = standardised(*map(features, sets))
    nearer = np.linalg.norm(own - goal, axis=1) < np.linalg.norm(own - photo, axis=1)
    apart = [kernel_distance(other, own).value for other in (goal, photo)]
    return [f"{apart[0]:.1f}", f"{apart[1]:.1f}", f"{100 * nearer.mean():.0f} %"]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.proof")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--steps", type=int, default=0)
    parser.add_argument("--models", nargs="*", default=[], metavar="NAME=FILE")
    parser.add_argument("--only", nargs="*", default=[], metavar="NAME")
    return parser.parse_args()


if __name__ == "__main__":
    start(main)
