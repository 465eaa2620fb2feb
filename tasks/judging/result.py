"""The whole comparison: what every face scored, what that means for each model, and how far to trust it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tasks.faces.skin import tone
from tasks.judging import slices as slicing
from tasks.judging.judge import encoder
from tasks.judging.models import BASE, RELEASE, TUNED
from tasks.judging.natural import Natural
from tasks.judging.referee import Referee
from tasks.judging.sets import Sets
from tasks.judging.slices import Slice
from tasks.judging.summary import FULL_REFERENCE, PER_FACE, Column, changes, means, verdict
from tasks.scores.identity import recognised, similarities, strangers
from tasks.scores.interval import Interval
from tasks.scores.kept import kept as is_kept
from tasks.scores.nme import deformed as is_deformed

STRANGERS = 1500  # photos of which every two are compared: a million pairs
FLAGS = ("kept", "deformed", "same_person")
Means = Mapping[str, Interval]  # score -> mean with its interval


@dataclass(frozen=True)
class Limits:
    """From where on a face counts as lost or deformed: measured once, decided anew each time."""

    min_iou: float
    deformed: float


@dataclass(frozen=True)
class Reference:
    """Full-reference scores of some pictures against others that are right by definition."""

    pictures: str  # a model's name
    against: str  # teacher | release
    scores: Means


@dataclass(frozen=True, eq=False)
class Result:
    """Columns per model in the order of `face_ids`; means per model; the tuned one's changes against each other."""

    face_ids: list[str]
    people: NDArray[np.str_]
    columns: Mapping[str, Mapping[str, Column]]
    summary: Mapping[str, Means]
    photo: Means  # of the photos themselves: what doing nothing scores
    change: Mapping[str, Means]  # rival -> tuned minus rival, face by face
    references: list[Reference]
    strangers: NDArray[np.float64]  # similarities of photos of different people
    strangers_second: NDArray[np.float64]  # by the second encoder
    threshold: float  # from which the encoder says "the same person"
    referee: Referee
    traits: Mapping[str, Sequence[str]]  # of each face
    slices: list[Slice]
    doubt: str = ""  # why FID's distances are not to be trusted; empty where nothing speaks against them

    @property
    def models(self) -> tuple[str, ...]:
        """base, release if there is one, tuned."""
        return tuple(self.columns)

    @property
    def rival(self) -> str:
        """Whom the new model has to beat: the last release, or the base where nothing was released yet."""
        return RELEASE if RELEASE in self.columns else BASE

    @property
    def verdict(self) -> str:
        """better, worse, mixed or even: the new model against its rival."""
        return verdict(self.change[self.rival])

    def rows(self, split: str) -> list[dict[str, Any]]:
        """The manifest: one row per face and model."""
        return [
            {"face_id": face, "model": model, "person": str(person), "split": split}
            | {name: _value(name, column[i]) for name, column in self.columns[model].items()}
            for i, (face, person) in enumerate(zip(self.face_ids, self.people, strict=True))
            for model in self.models
        ]

    def reasons(self, model: str = TUNED) -> list[str | None]:
        """Why each face of the model is not fit to ship; None where it is."""
        scored = self.columns[model]
        broken = [("lost_face", scored["kept"] == 0), ("deformed", scored["deformed"] == 1)]
        broken.append(("other_person", scored["same_person"] == 0))
        return [next((why for why, rows in broken if rows[i]), None) for i in range(len(self.face_ids))]

    def intervals(self) -> dict[str, Any]:
        """The 95 % interval of every score of every model and of every change, [low, high]."""
        parts = {**self.summary, **self._changes(), "photo": self.photo}
        return {
            part: {n: [round(v.low, 4), round(v.high, 4)] for n, v in found.items() if not np.isnan(v.low)}
            for part, found in parts.items()
        }

    def metrics(self) -> dict[str, Any]:
        """What `dvc metrics` follows: plain numbers, four digits, without what could not be measured."""
        parts = {**self.summary, **self._changes(), "photo": self.photo}
        apart = {
            name: {"mean": float(np.mean(found)), "p99": float(np.percentile(found, 99))} if len(found) else {}
            for name, found in (("strangers", self.strangers), ("strangers_second", self.strangers_second))
        }
        return {
            part: _rounded({name: found.value for name, found in means.items()}) for part, means in parts.items()
        } | {
            "slices": {
                part.name: _rounded({name: found.value for name, found in part.scores[TUNED].items()})
                | {"faces": len(part.rows)}
                for part in self.slices
            },
            "n": {"faces": len(self.face_ids), "people": len(set(self.people.tolist()))},
            "encoders": {
                "loss": self.referee.loss or "none",
                "score": self.referee.score,
                "second": self.referee.second or "none",
                "independent": "yes" if self.referee.independent else "no",
                "same_person_from": round(self.threshold, 4),
                **{name: _rounded(found) for name, found in apart.items()},
            },
            "verdict": self.verdict,
        }

    def _changes(self) -> dict[str, Means]:
        """By the names under which the numbers are written: `change` is that against the base."""
        return {"change" if rival == BASE else f"change_since_{rival}": found for rival, found in self.change.items()}


def conclude(
    photos: pa.Table,
    drawings: Mapping[str, pa.Table],
    people: Sequence[str],
    sets: Sets,
    natural: Natural | None,
    between: pa.Table | None,
    referee: Referee,
    licence: str,
    limits: Limits,
    traits: Mapping[str, Sequence[str]],
) -> Result:
    """The comparison from what was measured: tables of JUDGED_PHOTO and, by model, JUDGED_DRAWING, in one order.

    `between` holds the likeness of the release's and the new drawings; `traits` those that labels tell of each face.
    """
    group = np.array(people)
    columns = {model: columns_of(photos, table, referee, licence, natural, limits) for model, table in drawings.items()}
    summary = {model: {**means(found, group), **sets.distances(model)} for model, found in columns.items()}
    change = {
        rival: {**changes(columns[rival], columns[TUNED], group), **sets.changes(rival)}
        for rival in columns
        if rival != TUNED
    }
    told = {**traits, "light": [slicing.light(value) for value in floats(photos, "lightness")],
            "skin tone": [tone(angle) for angle in floats(photos, "typology")]}  # fmt: skip
    headline, second = (_apart(photos, column, name, licence, group) for column, name in
                        (("embedding", referee.score), ("second", referee.second)))  # fmt: skip
    return Result(
        photos["face_id"].to_pylist(),
        group,
        columns,
        summary,
        {**photo_means(photos, natural, group), **sets.distances("photo")},
        change,
        references(summary, between, group),
        headline,
        second,
        encoder(referee.score, licence).same,
        referee,
        told,
        slicing.slices(told, columns, group),
        sets.doubt,
    )


def columns_of(
    photos: pa.Table, drawn: pa.Table, referee: Referee, licence: str, natural: Natural | None, limits: Limits
) -> dict[str, Column]:
    """Every per-face score of a model as a column, in the order of PER_FACE."""
    found = {name: floats(drawn, name) for name in drawn.schema.names if name in PER_FACE}
    found["kept"] = is_kept(floats(drawn, "overlap"), limits.min_iou)
    judge = encoder(referee.score, licence)
    found["identity"] = similarities(judge, vectors(photos["embedding"]), vectors(drawn["embedding"]))
    found["same_person"] = recognised(found["identity"], judge.same)
    found["deformed"] = is_deformed(found["nme"], limits.deformed)
    if referee.second:
        other = encoder(referee.second, licence)
        found["identity_second"] = similarities(other, vectors(photos["second"]), vectors(drawn["second"]))
    if natural:
        found["niqe"] = natural.column(drawn["patches"].to_pylist())
    nothing = np.full(len(drawn), np.nan)
    return {name: found.get(name, nothing) for name in PER_FACE}


def photo_means(photos: pa.Table, natural: Natural | None, people: NDArray[np.str_]) -> Means:
    """What the photos themselves score where that means something."""
    found = {"quality": floats(photos, "quality")}
    if natural:
        found["niqe"] = natural.column(photos["patches"].to_pylist())
    return means(found, people)


def references(summary: Mapping[str, Means], between: pa.Table | None, people: NDArray[np.str_]) -> list[Reference]:
    """Every true reference there is: the teacher's drawing for each model, the last release's for the new one."""
    taught = [
        Reference(model, "teacher", {name: found[name] for name in FULL_REFERENCE}) for model, found in summary.items()
    ]
    if between is None:
        return taught
    return [*taught, Reference(TUNED, RELEASE, means({n: floats(between, n) for n in FULL_REFERENCE}, people))]


def floats(table: pa.Table, name: str) -> Column:
    """A column of numbers, NaN where there is none."""
    return np.asarray(table[name].to_numpy(), np.float64)


def vectors(column: pa.ChunkedArray) -> NDArray[np.float32]:
    """A column of lists of one length as n x d; an empty one as 0 x 0."""
    if not len(column):
        return np.empty((0, 0), np.float32)
    flat = column.combine_chunks().flatten().to_numpy(zero_copy_only=False)
    return np.asarray(flat, np.float32).reshape(len(column), -1)


def features(column: pa.ChunkedArray) -> NDArray[np.float64]:
    """The same in the precision that distances of sets are worked out in; a null is left out."""
    return vectors(column.drop_null()).astype(np.float64)


def _apart(
    photos: pa.Table, column: str, name: str | None, licence: str, people: NDArray[np.str_]
) -> NDArray[np.float64]:
    """Similarities of photos of different people; those of the first photos tell enough, and ids are a draw."""
    if not name:
        return np.array([])
    return strangers(encoder(name, licence), vectors(photos[column])[:STRANGERS], people[:STRANGERS])


def _value(name: str, value: float) -> float | bool | None:
    if np.isnan(value):
        return None
    return bool(value) if name in FLAGS else float(value)


def _values(found: Means) -> dict[str, float]:
    return _rounded({name: mean.value for name, mean in found.items()})


def _rounded(values: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, 4) + 0.0 for name, value in values.items() if not np.isnan(value)}
