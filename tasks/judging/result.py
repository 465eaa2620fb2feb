"""The whole comparison: what every face scored, what that means for each model, and how far to trust it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.faces.skin import tone
from tasks.judging.judge import Measured, opened
from tasks.judging.referee import Referee
from tasks.judging.summary import Column, changes, means, of_distance, verdict
from tasks.scores.identity import recognised, similarities, strangers
from tasks.scores.interval import Interval
from tasks.scores.kernel import Distance, kernel_change, kernel_distance
from tasks.scores.nme import deformed as is_deformed
from tasks.scores.style import standardised

BASE, TUNED = "base", "tuned"
MODELS = (BASE, TUNED)
Styles = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Result:
    """Columns per model in the order of `face_ids`; summaries per model; the change from base to tuned."""

    face_ids: list[str]
    people: NDArray[np.str_]
    columns: dict[str, dict[str, Column]]
    summary: dict[str, dict[str, Interval]]
    photo: dict[str, Interval]  # the photos' own distances: what doing nothing scores
    change: dict[str, Interval]
    strangers: NDArray[np.float64]  # similarities of photos of different people
    threshold: float  # from which the encoder says "the same person"
    referee: Referee
    tones: list[str]

    @property
    def verdict(self) -> str:
        """better, worse, mixed or even: fine-tuned against base."""
        return verdict(self.change)

    def rows(self, split: str) -> list[dict[str, Any]]:
        """The manifest: one row per face and model."""
        return [
            {"face_id": face, "model": model, "person": str(person), "split": split}
            | {name: _value(name, column[i]) for name, column in self.columns[model].items()}
            for i, (face, person) in enumerate(zip(self.face_ids, self.people, strict=True))
            for model in MODELS
        ]

    def reasons(self) -> list[str | None]:
        """Why each face of the fine-tuned model is not fit to ship; None where it is."""
        tuned = self.columns[TUNED]
        broken = [("lost_face", tuned["kept"] == 0), ("deformed", tuned["deformed"] == 1)]
        broken.append(("other_person", tuned["same_person"] == 0))
        return [next((why for why, rows in broken if rows[i]), None) for i in range(len(self.face_ids))]

    def intervals(self) -> dict[str, Any]:
        """The 95 % interval of every score of both models and of every change, [low, high]."""
        parts = {**self.summary, "change": self.change, "photo": self.photo}
        return {
            part: {n: [round(v.low, 4), round(v.high, 4)] for n, v in found.items() if not np.isnan(v.low)}
            for part, found in parts.items()
        }

    def metrics(self) -> dict[str, Any]:
        """What `dvc metrics` follows: plain numbers, four digits, without what could not be measured."""
        by_model = {model: _rounded({k: v.value for k, v in self.summary[model].items()}) for model in MODELS}
        apart = (
            {"mean": float(np.mean(self.strangers)), "p99": float(np.percentile(self.strangers, 99))}
            if len(self.strangers)
            else {}
        )
        return by_model | {
            "change": _rounded({name: found.value for name, found in self.change.items()}),
            "photo": _rounded({name: found.value for name, found in self.photo.items()}),
            "n": {"faces": len(self.face_ids), "people": len(set(self.people.tolist()))},
            "encoders": {
                "loss": self.referee.loss or "none",
                "score": self.referee.score,
                "independent": "yes" if self.referee.independent else "no",
                "same_person_from": round(self.threshold, 4),
                "strangers": _rounded(apart),
            },
            "verdict": self.verdict,
        }


def conclude(
    measured: Sequence[Measured], drawings: Sequence[Styles], referee: Referee, licence: str, deformed: float
) -> Result:
    """The comparison of MODELS from what was measured on each face; `drawings` are the style set's descriptors."""
    people = np.array([face.person for face in measured])
    encoder = opened(referee.score, licence)
    photos = np.stack([face.embedding for face in measured])
    columns = {}
    for model in MODELS:
        outputs = np.stack([face.drawings[model].embedding for face in measured])
        columns[model] = columns_of(measured, model, similarities(encoder, photos, outputs), encoder.same, deformed)
    summary = {model: means(columns[model], people) for model in MODELS}
    change = changes(columns[BASE], columns[TUNED], people)
    photo: dict[str, Interval] = {}
    for name, style in (("style", list(drawings)), ("style_target", targets(measured))):
        for model, found in distances(style, measured).items():
            {"photo": photo, "change": change, **summary}[model][name] = of_distance(found)
    return Result(
        [face.face_id for face in measured],
        people,
        columns,
        summary,
        photo,
        change,
        strangers(encoder, photos, people),
        encoder.same,
        referee,
        [tone(face.tone) for face in measured],
    )


def columns_of(
    measured: Sequence[Measured], model: str, identity: Column, same: float, deformed: float
) -> dict[str, Column]:
    """Every per-face score of a model as a column."""
    drawn = [face.drawings[model] for face in measured]
    names = ("kept", "nme", "symmetry", "chroma_shift", "ssim")
    columns = {name: np.array([getattr(drawing, name) for drawing in drawn], np.float64) for name in names}
    columns["identity"] = identity
    columns["same_person"] = recognised(identity, same)
    columns["deformed"] = is_deformed(columns["nme"], deformed)
    return columns


def targets(measured: Sequence[Measured]) -> list[Styles]:
    """The descriptors of the teacher's drawings of the same faces."""
    return [face.target_style for face in measured if face.target_style is not None]


def distances(style: list[Styles], measured: Sequence[Measured]) -> dict[str, Distance]:
    """How far photos and each model's drawings are from the style set, and the change; NaN without a style set."""
    if not style:
        nothing = Distance(float("nan"), float("nan"), float("nan"), 0, len(measured))
        return dict.fromkeys(("photo", BASE, TUNED, "change"), nothing)
    sets = [[face.style for face in measured]]
    sets += [[face.drawings[model].style for face in measured] for model in MODELS]
    goal, photo, base, tuned = standardised(np.stack(style), *(np.stack(rows) for rows in sets))
    found = {"photo": photo, BASE: base, TUNED: tuned}
    return {name: kernel_distance(goal, rows) for name, rows in found.items()} | {
        "change": kernel_change(goal, base, tuned)
    }


def _value(name: str, value: float) -> float | bool | None:
    if np.isnan(value):
        return None
    return bool(value) if name in ("kept", "deformed", "same_person") else float(value)


def _rounded(values: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, 4) + 0.0 for name, value in values.items() if not np.isnan(value)}
