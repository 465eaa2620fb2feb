"""The losses of every step: in the checkpoint, as a table, and as one line per epoch."""

import csv
from pathlib import Path

import torch
from torch import Tensor

from tasks.core.manifest import whole

Row = dict[str, float]
Packed = dict[str, Tensor]


def pack(rows: list[Row]) -> Packed:
    """Rows as one float64 column per name, NaN where a row lacks it: small, and read back to the bit."""
    return {name: torch.tensor([row.get(name, torch.nan) for row in rows], dtype=torch.float64) for name in names(rows)}


def unpack(columns: Packed) -> list[Row]:
    """The rows that were packed."""
    listed = {name: column.tolist() for name, column in columns.items()}
    count = len(next(iter(listed.values()), []))
    return [{name: values[i] for name, values in listed.items() if values[i] == values[i]} for i in range(count)]


def names(rows: list[Row]) -> list[str]:
    """The columns: the step, then every loss that some step had."""
    return ["step", *sorted({name for row in rows for name in row} - {"step"})] if rows else []


def write(rows: list[Row], path: Path) -> None:
    """One line per step as CSV; a loss that a step did not have stays empty."""
    with whole(path) as part, part.open("w", newline="") as file:
        lines = csv.DictWriter(file, names(rows), lineterminator="\n")
        lines.writeheader()
        lines.writerows({k: int(v) if k == "step" else f"{v:.6g}" for k, v in row.items()} for row in rows)


def mean(rows: list[Row]) -> Row:
    """The mean of every loss over the rows that have it."""
    columns = {name: [row[name] for row in rows if name in row] for name in names(rows) if name not in ("step", "lr")}
    return {name: sum(values) / len(values) for name, values in columns.items()}


def told(losses: Row) -> str:
    """The losses in words."""
    return ", ".join(f"{name} {value:.3f}" for name, value in losses.items())
