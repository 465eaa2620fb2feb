"""The numbers behind the charts as CSV, for `dvc plots`."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.core.manifest import whole
from tasks.judging.models import BASE, TUNED
from tasks.judging.result import Result

POINTS = 50
DISTRIBUTIONS = ("identity", "nme", "chroma_shift", "ssim")
Values = NDArray[np.float64]


def tables(result: Result, history: Mapping[str, Values]) -> dict[str, str]:
    """File name -> CSV: how each score is distributed, identity face by face, the training's losses by step."""
    found = {f"{name}.csv": table(("value", BASE, TUNED), cumulative(result, name)) for name in DISTRIBUTIONS}
    found["faces.csv"] = table(("face_id", BASE, TUNED), by_face(result, "identity"))
    found["history.csv"] = table(tuple(history) or ("step",), zip(*history.values(), strict=True))
    return found


def cumulative(result: Result, name: str) -> list[tuple[float, ...]]:
    """(value, share of the base's faces up to it, share of the new one's): a histogram would need many faces."""
    columns = [np.sort(column[~np.isnan(column)]) for column in (result.columns[m][name] for m in (BASE, TUNED))]
    every = np.concatenate(columns)
    if not len(every):
        return []
    at = np.linspace(every.min(), every.max(), POINTS)
    shares = [np.searchsorted(column, at, side="right") / max(1, len(column)) for column in columns]
    return list(zip(at, *shares, strict=True))


def by_face(result: Result, name: str) -> Iterable[tuple[Any, ...]]:
    """(face, base's score, new one's score)."""
    return zip(result.face_ids, result.columns[BASE][name], result.columns[TUNED][name], strict=True)


def read_history(path: Path) -> dict[str, Values]:
    """The columns of finetune's history, NaN where a step did not have a loss; none where there is no file."""
    if not path.is_file():
        return {}
    rows = list(csv.DictReader(path.read_text().splitlines()))
    names = list(rows[0]) if rows else []
    return {name: np.array([float(row[name] or "nan") for row in rows]) for name in names}


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """CSV with five digits, empty where there is no number."""
    text = StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(head)
    lines.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Put the files into the folder, each whole or absent."""
    for name, text in files.items():
        with whole(folder / name) as part:
            part.write_text(text)


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "" if np.isnan(value) else f"{float(value):.5g}"
