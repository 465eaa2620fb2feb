"""Judge the fine-tuned generator beside the one it started from, on people that neither pair nor loss ever showed.

Both draw the held-out faces anew, losslessly: the stored WebP drawings would be judged for their compression. What
is measured on every face goes to data/evaluate.parquet, means and the report for people to reports/.
"""

import json
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from tqdm import tqdm

from tasks.core import image, manifest, params
from tasks.core.errors import UserError, require
from tasks.core.pool import pool
from tasks.core.splits import SPLITS, kept_back
from tasks.core.stage import log, start
from tasks.core.style import descriptor
from tasks.faces import finder
from tasks.faces.finder import Settings
from tasks.faces.landmarks import PREDICTOR
from tasks.judging.groups import UNKNOWN, age_band
from tasks.judging.judge import Case, Judge
from tasks.judging.referee import AUTO, Referee, choose
from tasks.judging.result import Result, conclude
from tasks.pages import plots, provenance
from tasks.pages.funnel import funnel
from tasks.pages.provenance import Used
from tasks.pages.report import Report, render
from tasks.pages.words import headline
from tasks.styles.stylizer import Stylizer
from tasks.styles.trained import BASES, FINETUNE, FOLDERS, STUDENT, folder

ALIGN, TEACHER, PAIR = Path("data/align"), Path("data/teacher"), Path("data/pair.parquet")
LABEL = Path("data/label.parquet")
OUT, REPORTS = Path("data/evaluate.parquet"), Path("reports")
TRAITS = ("gender", "age", "glasses")


@dataclass(frozen=True)
class Params:
    """The `evaluate` section of params.yaml."""

    model: str = FINETUNE  # finetune, held against what it started from, or student, against its teacher
    encoder: str = AUTO  # who judges identity: auto, a name of the registry, or a recognition .onnx file
    split: str = "test"  # whose faces are judged
    max_faces: int = 400  # the most that are judged; the first ones by id
    deformed: float = 0.08  # NME from which a face counts as deformed
    min_iou: float = 0.5  # overlap with the photo's face from which a face in the drawing is that face
    max_drawings: int = 400  # of the style set
    sheet: int = 24  # faces shown in the report
    worst: int = 24  # of the worst ones

    def __post_init__(self) -> None:
        folder(self.model, "evaluate.model")
        require(self.split in SPLITS, f"evaluate.split is {self.split!r}; use one of {', '.join(SPLITS)}")
        for key in ("max_faces", "max_drawings"):
            require(getattr(self, key) >= 1, f"evaluate.{key} is {getattr(self, key)}; use 1 or more")
        for key in ("sheet", "worst"):
            require(getattr(self, key) >= 0, f"evaluate.{key} is {getattr(self, key)}; use 0 or more")
        require(self.deformed > 0, f"evaluate.deformed is {self.deformed}; use a number above 0, such as 0.08")
        require(0 < self.min_iou <= 1, f"evaluate.min_iou is {self.min_iou}; use above 0, up to 1")


def main() -> None:
    """data/align, data/pair.parquet, data/teacher, a trained generator -> data/evaluate.parquet, reports/."""
    given, faces = params.load("evaluate", Params), params.load("faces", Settings)
    made = folder(given.model, "evaluate.model")
    card = read_card(made / "card.json")
    referee = choose(given.encoder, (card["loss_encoder"] or {}).get("name"), faces.licence)
    cases = held_out(given)
    with baseline(given.model, card) as base:
        drawn = draw(cases, {"base": base, "tuned": made / "generator.onnx"})
    with pool() as workers:
        measured = list(workers.map(Judge(faces, referee.score, given.min_iou), drawn))
    result = conclude(
        measured, drawings(given, card["params"]["recipe"] == "paired"), referee, faces.licence, given.deformed
    )
    manifest.write_rows(result.rows(given.split), OUT, manifest.EVALUATE)
    history = plots.read_history(made / "history.csv")
    write_numbers(result, history)
    write_page(result, drawn, given, card, used(card, faces, referee), history)


def read_card(path: Path) -> dict[str, Any]:
    """What finetune says of its model; raises UserError where there is none."""
    if not path.is_file():
        raise UserError(f"{path} is missing; `dvc repro finetune` makes it")
    card: dict[str, Any] = json.loads(path.read_text())
    return card


def held_out(given: Params) -> list[Case]:
    """The photos' faces of the split with the teacher's drawings of them, by face id; UserError where none is."""
    pairs = manifest.read(PAIR, manifest.PAIR, ["photo", "person", "split"]).filter(pc.field("split") == given.split)
    people = dict(zip(pairs["photo"].to_pylist(), pairs["person"].to_pylist(), strict=True))
    chosen = sorted(people)[: given.max_faces]
    if not chosen:
        raise UserError(f"{PAIR} has no face in the split {given.split}; raise pair.{given.split}_share or add people")
    columns = ["face_id", "image", "landmarks", "landmarks68"]
    rows = pick(ALIGN, manifest.ALIGN, columns, chosen)
    targets = {
        row["face_id"]: row["image"]["bytes"] for row in pick(TEACHER, manifest.TEACHER, ["face_id", "image"], chosen)
    }
    return [
        Case(
            row["face_id"],
            people[row["face_id"]],
            row["image"]["bytes"],
            targets.get(row["face_id"]),
            np.asarray(row["landmarks"], np.float64).reshape(5, 2),
            np.asarray(row["landmarks68"], np.float64).reshape(68, 2),
        )
        for row in sorted(rows, key=lambda row: str(row["face_id"]))
    ]


def pick(folder: Path, schema: pa.Schema, columns: list[str], face_ids: list[str]) -> Iterator[dict[str, Any]]:
    """The rows of these faces, shard by shard: never the whole folder's pictures at once."""
    wanted = pa.array(face_ids, pa.string())
    for shard in manifest.shards(folder):
        table = manifest.read(shard, schema, columns)
        yield from table.filter(pc.is_in(table["face_id"], wanted)).to_pylist()


def drawings(given: Params, paired: bool) -> list[NDArray[np.float64]]:
    """Descriptors of the style set: the drawings that no accepted pair of another split showed to the training.

    A training without pairs has seen all but those that were kept back.
    """
    pairs = manifest.read(PAIR, manifest.PAIR, ["anime", "status", "split"]).to_pylist()
    shown = {row["anime"] for row in pairs if row["status"] == "accepted" and row["split"] != given.split}
    faces = manifest.read_all(ALIGN, manifest.ALIGN, ["face_id", "role"]).filter(pc.field("role") == "anime")
    unseen = [face for face in sorted(set(faces["face_id"].to_pylist()) - shown) if paired or kept_back(face)]
    rows = sorted(
        pick(ALIGN, manifest.ALIGN, ["face_id", "image"], unseen[: given.max_drawings]),
        key=lambda row: str(row["face_id"]),
    )
    return [descriptor(image.decode_own(row["image"]["bytes"])) for row in rows]


@contextmanager
def baseline(model: str, card: dict[str, Any]) -> Iterator[Path]:
    """The ONNX file of what the model is held against: a student's teacher, or what its training started from.

    One that was trained from scratch is held against the base of its architecture.
    """
    if model == STUDENT:
        yield FOLDERS[FINETUNE] / "generator.onnx"
        return
    from tasks.deploy.export import save_onnx  # torch: two seconds that reading this module shall not cost
    from tasks.nets import architectures

    init, base = card["init"]["name"], BASES[card["params"]["architecture"]]
    weights = base if init in ("base", "scratch") else Path(init)
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "base.onnx"
        save_onnx(architectures.load(architectures.recognised(weights), weights), path)
        yield path


def draw(cases: list[Case], models: dict[str, Path]) -> list[Case]:
    """The cases with every model's drawing, as PNG."""
    for name, path in models.items():
        log.info("evaluate: the %s generator draws %d faces", name, len(cases))
        run = Stylizer(path).run
        cases = [
            replace(case, outputs={**case.outputs, name: image.encode_png(run(image.decode_own(case.photo)))})
            for case in tqdm(cases, name, leave=False, disable=not sys.stderr.isatty())
        ]
    return cases


def write_numbers(result: Result, history: Mapping[str, NDArray[np.float64]]) -> None:
    """reports/metrics.json, reports/evaluate.json and reports/plots."""
    manifest.write_json(REPORTS / "metrics.json", result.metrics())
    counts = manifest.tally(result.reasons())
    manifest.write_json(
        REPORTS / "evaluate.json", counts | {"verdict": result.verdict, "intervals": result.intervals()}
    )
    plots.write(REPORTS / "plots", plots.tables(result, history))
    log.info("evaluate: %s", headline(result))


def write_page(
    result: Result,
    cases: list[Case],
    given: Params,
    card: dict[str, Any],
    models: list[Used],
    history: Mapping[str, NDArray[np.float64]],
) -> None:
    """reports/index.html."""
    made = folder(given.model, "evaluate.model")
    base = provenance.baseline(card["init"], BASES[card["params"]["architecture"]])
    held_against = f"{FOLDERS[FINETUNE] / 'generator.onnx'}, its teacher" if given.model == STUDENT else base
    page = Report(
        result=result,
        cases=cases,
        steps=funnel(REPORTS, Path("data")),
        history=history,
        baseline=held_against,
        teacher=", ".join(teachers()),
        settings=provenance.settings(params.read()),
        versions=provenance.versions(),
        digests=provenance.digests((ALIGN, LABEL, PAIR, TEACHER, *BASES.values(), made / "generator.onnx")),
        models=models,
        sheet=given.sheet,
        worst=given.worst,
        min_iou=given.min_iou,
        deformed=given.deformed,
        traits=traits(result),
    )
    with manifest.whole(REPORTS / "index.html") as part:
        part.write_text(render(page))


def used(card: dict[str, Any], faces: Settings, referee: Referee) -> list[Used]:
    """Every model behind the result with its licence."""
    names = [(name, "finds faces") for name in finder.opened(faces).digests if name != PREDICTOR]
    names += [(PREDICTOR, "68 landmarks"), (finder.opened(faces).encoder.name, "tells people apart")]
    names += [(name, "labels") for name in provenance.labellers(LABEL)]
    names += [(name, "teacher") for name in teachers()]
    names += [(referee.loss, "identity in the loss")] if referee.loss else []
    names += [
        (referee.score, "identity in the scores"),
        (card["init"]["name"], "the generator that training started from"),
    ]
    return provenance.used(names)


def traits(result: Result) -> dict[str, list[str]]:
    """What is known of each face, for the table by group: skin tone as measured, the rest as labelled."""
    rows = manifest.read(LABEL, manifest.LABEL, ["face_id", *TRAITS]).to_pylist()
    known = {row["face_id"]: row | {"age": age_band(row["age"] or "")} for row in rows}
    labels = {name: [known.get(face, {}).get(name) or UNKNOWN for face in result.face_ids] for name in TRAITS}
    return {"skin tone": result.tones, **labels}


def teachers() -> list[str]:
    """Who drew the targets."""
    names = manifest.read_all(TEACHER, manifest.TEACHER, ["teacher"])["teacher"].unique().to_pylist()
    return sorted(name for name in names if name)


if __name__ == "__main__":
    start(main)
