"""The whole comparison: what every face scored, what that means for each model, and how far to trust it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.core.params import unplaced
from tasks.judging.models import BASE, RELEASE, TUNED
from tasks.judging.referee import Referee
from tasks.judging.slices import Slice
from tasks.judging.summary import Column, verdict
from tasks.scores.interval import Interval

FLAGS = ("kept", "deformed", "same_person")
Means = Mapping[str, Interval]  # score -> mean with its interval


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
                "score": unplaced(self.referee.score),
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


def _value(name: str, value: float) -> float | bool | None:
    if np.isnan(value):
        return None
    return bool(value) if name in FLAGS else float(value)


def _rounded(values: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, 4) + 0.0 for name, value in values.items() if not np.isnan(value)}
