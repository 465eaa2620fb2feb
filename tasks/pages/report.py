"""The report: one HTML file that opens without a network, the same bytes from the same results, never above 8 MB."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from numpy.typing import NDArray

from tasks.core.errors import require
from tasks.judging.gate import Gate
from tasks.judging.models import TUNED
from tasks.judging.result import Result
from tasks.judging.summary import BY_NAME, together
from tasks.judging.turnover import Turnover
from tasks.pages import differences, distributions, faces, findings, lineage, scoreboard, slices, words
from tasks.pages.album import LOOKS, Album, fitted
from tasks.pages.provenance import Used
from tasks.surveying.reasons import Step

HERE = Path(__file__).parent
MOST = 8_000_000  # bytes of the page
SHEET = 0.4  # of what the pictures may take, for the sheet, which everybody looks at
PHOTO, TARGET = "photo", "target"
KEY_FIGURES = ("identity", "nme", "chroma_shift", "ssim")


@dataclass(frozen=True)
class Pictures:
    """A face as PNG: the photo, the teacher's drawing if there is one, each model's by its name."""

    photo: bytes
    target: bytes | None
    outputs: Mapping[str, bytes]


@dataclass(frozen=True, eq=False)
class Report:
    """All that the page says."""

    result: Result
    pictures: Mapping[int, Pictures]  # by row of the result: those of `wanted`
    gate: Gate
    turnover: Turnover
    steps: Sequence[Step]
    history: Mapping[str, NDArray[np.float64]]
    words: Mapping[str, str]  # what each model is
    teacher: str
    settings: Mapping[str, str]
    versions: Mapping[str, str]
    digests: Mapping[str, str]
    models: Sequence[Used]
    sheet: int  # faces on the sheet
    worst: int  # faces among the worst, by each score
    min_iou: float
    deformed: float
    notable: float
    eight_bits: Mapping[str, Any] | None  # what the generator's card says of its eight-bit file
    counts: Mapping[str, int]  # rows by manifest


def wanted(result: Result, turnover: Turnover, sheet: int, worst: int) -> list[int]:
    """Rows of the result whose pictures the page shows."""
    poor = (row for rows in faces.worst_of_all(result, worst).values() for row in rows)
    changed = differences.shown(turnover, result.face_ids)
    return sorted({faces.typical(result), *on_sheet(result, sheet), *poor, *changed})


def on_sheet(result: Result, count: int) -> list[int]:
    """The faces of the sheet: as many people as there are, without the typical face, which opens the page."""
    opening = faces.typical(result)
    return [row for row in faces.spread(result.people, count + 1) if row != opening][:count]


def render(report: Report) -> str:
    """The page; every picture, style and script is inside it."""
    environment = Environment(
        loader=FileSystemLoader(HERE), undefined=StrictUndefined, autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    template, contents = environment.get_template("report.html"), context(report)
    bare = template.render(contents | _pictures(report, Album({}, LOOKS[0]), Album({}, LOOKS[0])))
    left = MOST - len(bare.encode())
    fault = f"the report takes {MOST - left:,} bytes without a single face, and may take {MOST:,}"
    require(left > 0, f"{fault}; look in params.yaml for what is so long")
    page = template.render(contents | _pictures(report, *albums(report, left)))
    return "\n".join(line.rstrip() for line in page.splitlines()) + "\n"


def albums(report: Report, budget: int) -> tuple[Album, Album]:
    """The pictures of the opening and the sheet, and the others, together within the budget of bytes."""
    first = {faces.typical(report.result), *on_sheet(report.result, report.sheet)}
    named = {row: _named(row, report.pictures[row]) for row in sorted(report.pictures)}
    large = fitted({key: data for row in sorted(first) for key, data in named[row].items()}, int(SHEET * budget))
    others = {key: data for row in named if row not in first for key, data in named[row].items()}
    compared = {key: data for key, data in others.items() if not key.endswith(TARGET)}  # targets: on the sheet alone
    return large, fitted(compared, budget - large.size)


def context(report: Report) -> dict[str, Any]:
    """What the template shows, by name, but for the pictures."""
    return {
        "style": Markup("".join((HERE / name).read_text() for name in ("report.css", "gallery.css"))),
        "script": Markup((HERE / "report.js").read_text()),
        "names": words.NAMES,
        "report": report,
        "result": report.result,
        **_scores(report.result, report.gate),
        **_faces(report.result, report),
        **_making(report.result, report),
    }


def _scores(result: Result, gate: Gate) -> dict[str, Any]:
    """What was found: in sentences, in tables, in charts."""
    lines, references = scoreboard.lines(result), scoreboard.reference_lines(result)
    key = {line.metric.name: line for line in [*lines, *references]}
    sure = together(result.change[result.rival])  # as the headline beside them has it
    return {
        "headline": words.headline(result),
        "sample": words.sample(result),
        "surely": words.surely(result),
        "rivals": scoreboard.rivals(result),
        "lines": lines,
        "references": references,
        "missing": scoreboard.missing(result),
        "figures": [(key[name], sure.get(name, key[name].turn)) for name in KEY_FIGURES if name in key],
        "findings": findings.lines(gate),
        "gate_says": findings.sentence(gate),
        "boards": slices.boards(result, gate),
        "charts": distributions.charts_of(result),
        "strangers": distributions.strangers(result),
    }


def _faces(result: Result, report: Report) -> dict[str, Any]:
    """Which faces are shown where, and what stands beneath them."""
    hero, sheet = faces.typical(result), on_sheet(result, report.sheet)
    return {
        "hero": hero,
        "hero_identity": words.number(BY_NAME["identity"], result.columns[TUNED]["identity"][hero]),
        "choices": {model: words.NAMES[model] for model in result.models},
        "sheet": sheet,
        "likeness": _notes(result, "identity", sheet),
        "worst": [_worst(result, name, rows) for name, rows in faces.worst_of_all(result, report.worst).items()],
        "kinds": differences.kinds(report.turnover),
        "newcomers": differences.newcomers(report.turnover, result.face_ids),
    }


def _making(result: Result, report: Report) -> dict[str, Any]:
    """How data, model and report came about."""
    steps = _trained(report.history)
    return {
        "losses": distributions.losses(report.history),
        "loss_names": distributions.loss_names(report.history),
        "stations": lineage.stations(result, report.words, report.digests, report.counts, steps),
        "widest": max((step.taken for step in report.steps), default=1) or 1,
    }


def _pictures(report: Report, large: Album, small: Album) -> dict[str, Any]:
    """The albums as the template shows them: what is seen without a script stands in its place, the rest in a map."""
    rows = [faces.typical(report.result), *on_sheet(report.result, report.sheet)]
    seen = {f"{row}-{name}" for row in rows for name in (PHOTO, TUNED)}
    rest = {**large.addresses, **small.addresses}
    return {
        "large": large,
        "small": small,
        "seen": {key: address for key, address in large.addresses.items() if key in seen},
        "unseen": {key: address for key, address in rest.items() if key not in seen},
    }


def _named(row: int, pictures: Pictures) -> dict[str, bytes]:
    """The face's pictures by the names under which the page holds them."""
    found = {PHOTO: pictures.photo, **pictures.outputs}
    if pictures.target:
        found[TARGET] = pictures.target
    return {f"{row}-{name}": data for name, data in found.items()}


def _trained(history: Mapping[str, NDArray[np.float64]]) -> int:
    """Steps of the training; 0 where it left no history."""
    steps = history.get("step", np.array([]))
    return int(steps[-1]) if len(steps) else 0


def _worst(result: Result, name: str, rows: Sequence[int]) -> dict[str, Any]:
    """The worst faces by a score with the value of each, before and after."""
    return {"metric": BY_NAME[name], "notes": _notes(result, name, rows)}


def _notes(result: Result, name: str, rows: Sequence[int]) -> dict[int, tuple[str, str]]:
    """What the faces score by the rival's and by the new drawing, as written."""
    before, after = (result.columns[model][name] for model in (result.rival, TUNED))
    return {row: (words.number(BY_NAME[name], before[row]), words.number(BY_NAME[name], after[row])) for row in rows}
