"""Judge the new generator beside the one it started from and the last release, on people that training never showed.

All draw the held-out faces losslessly: the stored WebP drawings would be judged for their compression. What is measured
on a face is kept in data/judged, a folder per model, and measured once; means, slices and the gate follow in seconds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.core import manifest, params
from tasks.core.errors import require
from tasks.core.pool import Pool, pool
from tasks.core.splits import SPLITS
from tasks.core.stage import log, start
from tasks.faces import finder
from tasks.faces.finder import Settings
from tasks.faces.landmarks import PREDICTOR
from tasks.judging import memo
from tasks.judging.collection import Collection
from tasks.judging.conclusion import Limits, conclude, features
from tasks.judging.gate import Gate, Limit, gate
from tasks.judging.judge import Instruments
from tasks.judging.memo import Memo
from tasks.judging.models import CARD, RELEASE, TUNED, Model, compared, former_faces, lineage, read_card
from tasks.judging.natural import natural
from tasks.judging.referee import AUTO, Referee, choose
from tasks.judging.result import Result
from tasks.judging.sets import Sets
from tasks.judging.turnover import Turnover, turnover
from tasks.pages import plots, provenance
from tasks.pages.funnel import funnel
from tasks.pages.provenance import Used
from tasks.pages.report import Pictures, Report, render, wanted
from tasks.pages.words import headline
from tasks.scores.features import STYLE
from tasks.styles.trained import BASES, FINETUNE, folder

COLLECTION = Collection(Path("data/align"), Path("data/teacher"), Path("data/pair.parquet"), Path("data/label.parquet"))
DATA, REPORTS = Path("data"), Path("reports")
JUDGED, OUT, RELEASES = DATA / "judged", DATA / "evaluate.parquet", DATA / "releases"

History = Mapping[str, NDArray[np.float64]]


@dataclass(frozen=True)
class Params:
    """The `evaluate` section of params.yaml."""

    model: str = FINETUNE  # finetune, held against what it started from, or student, against its teacher
    release: str = ""  # the folder of the last release, such as data/releases/2026-11; empty: none yet
    encoder: str = AUTO  # who judges identity: auto, a name of the registry, or a recognition .onnx file
    features: str = STYLE  # what distances of sets are taken over: style (our own), or a feature net's .onnx
    split: str = "test"  # whose faces are judged
    max_faces: int = 400  # the most that are judged; the first ones by id
    deformed: float = 0.08  # NME from which a face counts as deformed
    min_iou: float = 0.5  # overlap with the photo's face from which a face in the drawing is that face
    notable: float = 0.05  # change of identity from which a face counts as better or worse than before
    max_drawings: int = 400  # of the style set
    gate: tuple[Limit, ...] = ()  # what a release must reach
    sheet: int = 24  # faces shown in the report
    worst: int = 24  # of the worst ones, by each score

    def __post_init__(self) -> None:
        folder(self.model, "evaluate.model")
        require(self.split in SPLITS, f"evaluate.split is {self.split!r}; use one of {', '.join(SPLITS)}")
        for key in ("max_faces", "max_drawings"):
            require(getattr(self, key) >= 1, f"evaluate.{key} is {getattr(self, key)}; use 1 or more")
        for key in ("sheet", "worst", "notable"):
            require(getattr(self, key) >= 0, f"evaluate.{key} is {getattr(self, key)}; use 0 or more")
        require(self.deformed > 0, f"evaluate.deformed is {self.deformed}; use a number above 0, such as 0.08")
        require(0 < self.min_iou <= 1, f"evaluate.min_iou is {self.min_iou}; use above 0, up to 1")

    @property
    def released(self) -> Path | None:
        """The last release's folder."""
        return Path(self.release) if self.release else None


@dataclass(frozen=True, eq=False)
class Judged:
    """The comparison, what follows from it, and where the pictures are."""

    result: Result
    gate: Gate
    turnover: Turnover
    models: Mapping[str, Model]
    memo: Memo


def main() -> None:
    """data/align, data/pair.parquet, data/teacher, a trained generator -> data/evaluate.parquet, reports/."""
    given, faces = params.load("evaluate", Params), params.load("faces", Settings)
    made = folder(given.model, "evaluate.model")
    card = read_card(made / CARD)
    cards = lineage(given.model, given.released, card)
    own, *behind = [(one["loss_encoder"] or {}).get("name") for one in cards]
    referee = choose(given.encoder, own, faces.licence, tuple(name for name in behind if name))
    with compared(given.model, given.released, card) as models, pool() as workers:
        judged = judge(given, faces, referee, models, workers, paired=shown_in_pairs(cards))
    manifest.write_rows(judged.result.rows(given.split), OUT, manifest.EVALUATE)
    history = plots.read_history(made / "history.csv")
    write_numbers(judged, given, history)
    write_page(judged, given, card, used(card, faces, referee), history)


def shown_in_pairs(cards: Sequence[Mapping[str, Any]]) -> bool:
    """Whether every training behind the model saw those drawings alone that a pair showed it."""
    return all(card["params"]["recipe"] == "paired" for card in cards)


def judge(
    given: Params, faces: Settings, referee: Referee, models: Mapping[str, Model], workers: Pool, paired: bool
) -> Judged:
    """Measure what is not yet measured, and compare the models on the held-out faces."""
    people = COLLECTION.held_out(given.split, given.max_faces)
    tools = Instruments(faces, referee.score, referee.second, given.features)
    kept = Memo(COLLECTION.align, COLLECTION.teacher, JUDGED, tools, frozenset(people), workers)
    kept.prune(models.values())
    photos, drawings = kept.photos(), {name: kept.drawings(model) for name, model in models.items()}
    between = kept.between(models[RELEASE], models[TUNED]) if RELEASE in models else None
    style = kept.style(COLLECTION.style_set(given.split, given.max_drawings, paired))
    ids = photos["face_id"].to_pylist()
    who = [people[face] for face in ids]
    seen = {"photo": photos, **drawings}
    sets = Sets(
        {name: features(table["features"]) for name, table in seen.items()},
        features(style["features"]),
        features(photos["target_features"]),
        hand_made=given.features == STYLE,
        people=np.array(who),
    )
    clean, limits = natural(style["patches"].to_pylist(), faces.licence), Limits(given.min_iou, given.deformed)
    result = conclude(photos, drawings, who, sets, clean, between, referee, faces.licence, limits,
                      COLLECTION.traits(ids))  # fmt: skip
    held = gate(given.gate, result.summary[TUNED], result.change, result.slices, TUNED, who)
    return Judged(result, held, turned(result, given), models, kept)


def turned(result: Result, given: Params) -> Turnover:
    """What changed since the last release; since the base where there is none."""
    rival = result.rival
    return turnover(
        result.face_ids,
        former_faces(given.released) if given.released else None,
        (result.columns[rival]["identity"], result.columns[TUNED]["identity"]),
        (result.reasons(rival), result.reasons()),
        given.notable,
    )


def write_numbers(judged: Judged, given: Params, history: History) -> None:
    """reports/metrics.json, reports/gate.json, reports/evaluate.json and reports/plots."""
    result = judged.result
    manifest.write_json(REPORTS / "metrics.json", result.metrics())
    about = {"generator": judged.models[TUNED].digest, "split": given.split}
    manifest.write_json(REPORTS / "gate.json", judged.gate.as_json() | about)
    counts = manifest.tally(result.reasons())
    manifest.write_json(
        REPORTS / "evaluate.json", counts | {"verdict": result.verdict, "intervals": result.intervals()}
    )
    plots.write(REPORTS / "plots", plots.tables(result, history))
    log.info("evaluate: %s", headline(result))
    log.info("evaluate: the gate says %s", judged.gate.verdict.upper())


def write_page(judged: Judged, given: Params, card: dict[str, Any], licensed: list[Used], history: History) -> None:
    """reports/index.html."""
    result, made = judged.result, folder(given.model, "evaluate.model") / "generator.onnx"
    page = Report(
        result=result,
        pictures=pictures(judged, wanted(result, judged.turnover, given.sheet, given.worst)),
        gate=judged.gate,
        turnover=judged.turnover,
        steps=funnel(REPORTS, DATA),
        history=history,
        words={name: model.words for name, model in judged.models.items()},
        teacher=", ".join(COLLECTION.teachers()),
        settings=provenance.settings(params.read()),
        versions=provenance.versions(),
        digests=provenance.digests((*(DATA / name for name in provenance.LINEAGE), *BASES.values(), made)),
        models=licensed,
        sheet=given.sheet,
        worst=given.worst,
        min_iou=given.min_iou,
        deformed=given.deformed,
        notable=given.notable,
        eight_bits=card.get("files", {}).get("int8"),
        counts=provenance.counts(DATA),
    )
    with manifest.whole(REPORTS / "index.html") as part:
        part.write_text(render(page))


def pictures(judged: Judged, rows: list[int]) -> dict[int, Pictures]:
    """What the page shows of these faces."""
    ids = [judged.result.face_ids[row] for row in rows]
    photos, targets = COLLECTION.photos(ids), COLLECTION.targets(ids)
    drawn = {
        name: memo.pictures(judged.memo.drawn(model), manifest.JUDGED_PICTURE, ids)
        for name, model in judged.models.items()
    }
    return {
        row: Pictures(photos[face], targets.get(face), {name: found[face] for name, found in drawn.items()})
        for row, face in zip(rows, ids, strict=True)
    }


def used(card: dict[str, Any], faces: Settings, referee: Referee) -> list[Used]:
    """Every model behind the result with its licence."""
    names = [(name, "finds faces") for name in finder.opened(faces).digests if name != PREDICTOR]
    names += [(PREDICTOR, "68 landmarks"), (finder.opened(faces).encoder.name, "tells people apart")]
    names += [(name, "labels") for name in provenance.labellers(COLLECTION.label)]
    names += [(name, "teacher") for name in COLLECTION.teachers()]
    names += [(referee.loss, "identity in the loss")] if referee.loss else []
    names += [(referee.score, "identity in the scores")]
    names += [(referee.second, "a second opinion on identity")] if referee.second else []
    if (started := card["init"]["name"]) != "scratch":
        own = BASES[card["params"]["architecture"]].stem
        names += [(own if started == "base" else started, "the generator that training started from")]
    return provenance.used(names)


if __name__ == "__main__":
    start(main)
