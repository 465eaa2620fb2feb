"""A comparison of two models on a few invented faces: no network is run to look at the page."""

import numpy as np

from tasks.core.image import Image, encode_png
from tasks.judging.judge import Case
from tasks.judging.referee import Referee
from tasks.judging.result import BASE, TUNED, Result
from tasks.judging.summary import PER_FACE, changes, means
from tasks.pages.funnel import Reason, Reject, Step
from tasks.pages.provenance import Used
from tasks.pages.report import Report
from tasks.scores.interval import Interval

SETS = ("style", "style_target")


def result(gain: float = 0.1, faces: int = 12, people: int = 6) -> Result:
    """`gain` is what the fine-tuned model adds to every per-face score, half of it in Lab units for colours."""
    rng = np.random.default_rng(0)
    person = np.array([f"person {i % people}" for i in range(faces)])
    base = {name: rng.uniform(0.4, 0.6, size=faces) for name in PER_FACE}
    for name in ("kept", "deformed", "same_person"):
        base[name] = np.ones(faces)
    sign = {name: -1 if name in ("nme", "symmetry", "chroma_shift") else 1 for name in PER_FACE}
    tuned = {
        name: values + sign[name] * gain * (name not in ("kept", "deformed", "same_person"))
        for name, values in base.items()
    }
    distance = Interval(2.0, 1.5, 2.5, faces, faces)
    summary = {model: means(columns, person) for model, columns in ((BASE, base), (TUNED, tuned))}
    for model in (BASE, TUNED):
        summary[model] |= dict.fromkeys(SETS, distance)
    change = changes(base, tuned, person) | dict.fromkeys(SETS, Interval(0.0, -0.2, 0.2, faces, faces))
    ids = [f"{i:016x}-0" for i in range(faces)]
    columns = {BASE: base, TUNED: tuned}
    photo = dict.fromkeys(SETS, distance)
    referee, tones = Referee("dlib", "embedded"), ["light", "tan"] * faces
    apart = np.linspace(0, 0.3, 20)
    return Result(ids, person, columns, summary, photo, change, apart, 0.4, referee, tones[:faces])


def picture(seed: int, side: int = 48) -> Image:
    """Noise."""
    return np.random.default_rng(seed).integers(0, 256, size=(side, side, 3), dtype=np.uint8)


def report(found: Result | None = None) -> Report:
    """The whole page's contents around the comparison."""
    found = found or result()
    cases = [
        Case(
            face,
            str(person),
            encode_png(picture(3 * i)),
            encode_png(picture(3 * i + 1)),
            np.zeros((5, 2)),
            np.zeros((68, 2)),
            {BASE: encode_png(picture(3 * i + 2)), TUNED: encode_png(picture(3 * i + 3))},
        )
        for i, (face, person) in enumerate(zip(found.face_ids, found.people, strict=True))
    ]
    reject = Reject("", "12 < 45 & <b>more</b>")
    return Report(
        result=found,
        cases=cases,
        steps=[Step("quality", "pictures", 1200, 1000, [Reason("dark", "too dark", 200, [reject])])],
        history={"step": np.arange(1.0, 41), "lr": np.ones(40), "l1": np.linspace(1, 0.1, 40)},
        baseline="data/models/base.safetensors",
        teacher="cel",
        settings={"evaluate": "encoder: auto\n"},
        versions={"python": "3.11.0"},
        digests={"data/align": "0123456789abcdef"},
        models=[Used("dlib", "identity", "CC0-1.0", "yes", "the package")],
        sheet=8,
        worst=4,
        min_iou=0.5,
        deformed=0.08,
        traits={"skin tone": found.tones, "glasses": ["none"] * len(found.tones)},
    )
