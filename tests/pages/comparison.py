"""A comparison of models on invented faces: no network is run to look at the page."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from tasks.core.image import Image, encode_png
from tasks.judging.gate import Gate, Limit, gate
from tasks.judging.models import BASE, RELEASE, TUNED
from tasks.judging.referee import Referee
from tasks.judging.result import FLAGS, Reference, Result
from tasks.judging.slices import slices
from tasks.judging.summary import BY_NAME, FULL_REFERENCE, METRICS, PER_FACE, Column, changes, means
from tasks.judging.turnover import Changed, Turnover
from tasks.pages.provenance import Used
from tasks.pages.report import Pictures, Report, wanted
from tasks.scores.interval import Interval
from tasks.surveying.reasons import Reason, Reject, Step

SETS = tuple(metric.name for metric in METRICS if not metric.per_face)
UNMEASURED = ("lpips", "quality")
Columns = dict[str, Column]


def result(gain: float = 0.1, faces: int = 12, people: int = 6, released: bool = False) -> Result:
    """`gain` is what the new model adds to every per-face score that is no flag, and the release half of it."""
    person = np.array([f"person {i % people}" for i in range(faces)])
    base = _base(faces)
    columns = {BASE: base, RELEASE: _moved(base, gain / 2), TUNED: _moved(base, gain)}
    if not released:
        del columns[RELEASE]
    distance = Interval(2.0, 1.5, 2.5, faces, faces)
    summary = {model: {**means(found, person), **dict.fromkeys(SETS, distance)} for model, found in columns.items()}
    traits = {"glasses": ["none", "glasses", "sunglasses"] * faces, "skin tone": ["light", "tan"] * faces}
    told = {trait: values[:faces] for trait, values in traits.items()}
    return Result(
        face_ids=[f"{i:016x}-0" for i in range(faces)],
        people=person,
        columns=columns,
        summary=summary,
        photo=dict.fromkeys(SETS, distance),
        change={rival: _change(columns, rival, person) for rival in columns if rival != TUNED},
        references=_references(summary, released),
        strangers=np.linspace(0, 0.3, 20),
        strangers_second=np.linspace(0.1, 0.4, 20),
        threshold=0.4,
        referee=Referee("dlib", "embedded", "sface"),
        traits=told,
        slices=slices(told, columns, person),
    )


def picture(seed: int, side: int = 48) -> Image:
    """Noise."""
    return np.random.default_rng(seed).integers(0, 256, size=(side, side, 3), dtype=np.uint8)


@cache
def noise(seed: int, side: int = 48) -> bytes:
    """The same as PNG."""
    return encode_png(picture(seed, side))


def held(found: Result) -> Gate:
    """A gate of which one limit fails, one passes narrowly, and one slice is too small."""
    limits = [
        Limit("identity", min=0.2),
        Limit("chroma_shift", max=0.1),
        Limit("deformed", max=1.0),
        Limit("identity", min=0.1, slice="glasses"),
        Limit("identity", min=-0.5, than="base"),
    ]
    return gate(limits, found.summary[TUNED], found.change, found.slices, TUNED, found.people.tolist())


def turned(found: Result) -> Turnover:
    """A face of each kind, one that is new and one that is gone."""
    last = len(found.face_ids) - 1
    kinds = [("broken", "deformed"), ("mended", "other_person"), ("worse", ""), ("better", "")]
    changed = [Changed(min(i, last), kind, 0.5, 0.6, why) for i, (kind, why) in enumerate(kinds)]  # type: ignore[arg-type]
    return Turnover((found.face_ids[-1],), ("f" * 16 + "-0",), tuple(changed))


def pictures(found: Result, turnover: Turnover, sheet: int, worst: int, side: int = 48) -> Mapping[int, Pictures]:
    """Noise for every face that the page wants."""
    return {
        row: Pictures(
            noise(9 * row, side),
            noise(9 * row + 1, side),
            {m: noise(9 * row + 2 + i, side) for i, m in enumerate(found.models)},
        )
        for row in wanted(found, turnover, sheet, worst)
    }


def report(found: Result | None = None, sheet: int = 8, worst: int = 4, side: int = 48) -> Report:
    """The whole page's contents around the comparison."""
    found = found or result()
    reject = Reject("", "12 < 45 & <b>more</b>")
    turnover = turned(found)
    return Report(
        result=found,
        pictures=pictures(found, turnover, sheet, worst, side),
        gate=held(found),
        turnover=turnover,
        steps=[Step("quality", "pictures", 1200, 1000, [Reason("dark", "too dark", 200, [reject])])],
        history={"step": np.arange(1.0, 41), "lr": np.ones(40), "l1": np.linspace(1, 0.1, 40)},
        words={
            BASE: "data/models/base.safetensors",
            RELEASE: "the release 2026-11",
            TUNED: "data/finetune/generator.onnx",
        },
        teacher="cel",
        settings={"evaluate": "encoder: auto\n"},
        versions={"python": "3.11.0"},
        digests={"data/align": "0123456789abcdef", "data/finetune/generator.onnx": "fedcba9876543210"},
        models=[Used("dlib", "identity", "CC0-1.0", "yes", "the package")],
        sheet=sheet,
        worst=worst,
        min_iou=0.5,
        deformed=0.08,
        notable=0.05,
        eight_bits={
            "ships": False,
            "variant": "all",
            "runtime": "cpu",
            "identity_drop": 0.05,
            "ssim": 0.85,
            "faster": True,
        },
        counts={"data/batches.parquet": 1, "data/align": 1234},
    )


def without(found: Result, name: str) -> Result:
    """The same where nobody could measure the score."""
    nothing = np.full(len(found.face_ids), np.nan)
    unknown = Interval(np.nan, np.nan, np.nan, 0, 0)
    return replace(
        found,
        columns={model: {**columns, name: nothing} for model, columns in found.columns.items()},
        summary={model: {**summary, name: unknown} for model, summary in found.summary.items()},
        change={rival: {**change, name: unknown} for rival, change in found.change.items()},
    )


def _base(faces: int) -> Columns:
    rng = np.random.default_rng(0)
    found = {name: rng.uniform(0.4, 0.6, size=faces) for name in PER_FACE}
    kept = {"kept": np.ones(faces), "same_person": np.ones(faces), "deformed": np.zeros(faces)}
    return {**found, **kept, **dict.fromkeys(UNMEASURED, np.full(faces, np.nan))}


def _moved(base: Columns, gain: float) -> Columns:
    sign = {name: 1 if BY_NAME[name].better == "high" else -1 for name in base}
    return {name: values if name in FLAGS else values + sign[name] * gain for name, values in base.items()}


def _change(columns: Mapping[str, Columns], rival: str, person: NDArray[np.str_]) -> dict[str, Interval]:
    even = Interval(0.0, -0.2, 0.2, len(person), len(person))
    return changes(columns[rival], columns[TUNED], person) | dict.fromkeys(SETS, even)


def _references(summary: Mapping[str, Mapping[str, Interval]], released: bool) -> list[Reference]:
    taught = [Reference(m, "teacher", {n: found[n] for n in FULL_REFERENCE}) for m, found in summary.items()]
    since = [Reference(TUNED, RELEASE, {n: summary[TUNED][n] for n in FULL_REFERENCE})] if released else []
    return [*taught, *since]
