"""From what was measured to the comparison: a column per score, means, changes, references, slices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tasks.faces.skin import tone
from tasks.judging import slices as slicing
from tasks.judging.judge import encoder
from tasks.judging.models import RELEASE, TUNED
from tasks.judging.natural import Natural
from tasks.judging.referee import Referee
from tasks.judging.result import Means, Reference, Result
from tasks.judging.sets import Sets
from tasks.judging.summary import FULL_REFERENCE, PER_FACE, Column, changes, means
from tasks.scores.identity import recognised, similarities, strangers
from tasks.scores.kept import kept as is_kept
from tasks.scores.nme import deformed as is_deformed

STRANGERS = 1500  # photos of which every two are compared: a million pairs


@dataclass(frozen=True)
class Limits:
    """From where on a face counts as lost or deformed: measured once, decided anew each time."""

    min_iou: float
    deformed: float


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
