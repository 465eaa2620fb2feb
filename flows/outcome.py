"""What came out of a run, from the files the stages wrote: the funnel, the scores beside the last run's, the report."""

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

REPORTS = Path("reports")
PAGE = REPORTS / "index.html"
METRICS = REPORTS / "metrics.json"
GATE = REPORTS / "gate.json"
JUDGE = "evaluate"  # the stage that writes it
SEEN = "metrics.last.json"  # in Prefect's home: the scores before those of now

Row = dict[str, str]


def funnel(stages: Sequence[str], reports: Path = REPORTS) -> list[Row]:
    """For each stage that counts: how many came in, how many were kept, and the reasons that took the most."""
    return [_funnel_row(stage, report) for stage in stages if (report := read(reports / f"{stage}.json"))]


def _funnel_row(stage: str, report: Mapping[str, Any]) -> Row:
    reasons = report.get("reasons") or {}
    most = sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
    words = [f"{reason} {count}" for reason, count in most[:3]]
    rest = sum(count for _, count in most[3:])
    return {
        "stage": stage,
        "in": _count(report.get("in")),
        "kept": _count(report.get("kept")),
        "reasons": ", ".join([*words, f"others {rest}"] if rest else words),
    }


def scores(metrics: Mapping[str, Any], last: Mapping[str, Any]) -> list[Row]:
    """Base and tuned model side by side, and the tuned one of the last run beside them; empty without scores."""
    base, tuned, before = (dict(_flat(part)) for part in (metrics.get("base"), metrics.get("tuned"), last.get("tuned")))
    return [
        {
            "score": name,
            "base": _number(base.get(name)),
            "tuned": _number(tuned.get(name)),
            "tuned, last run": _number(before.get(name)),
            "change": _change(tuned.get(name), before.get(name)),
        }
        for name in dict.fromkeys([*tuned, *base])
    ]


def last_metrics(home: Path) -> dict[str, Any]:
    """The scores before those of now; where none were seen yet, those of git's HEAD; else none."""
    return read(home / SEEN) or _committed(METRICS)


def remember_metrics(home: Path) -> None:
    """Before evaluate makes new scores: those of now are the last run's."""
    if METRICS.is_file():
        part = home / f"{SEEN}.part"
        part.write_bytes(METRICS.read_bytes())
        part.replace(home / SEEN)


def read(path: Path) -> dict[str, Any]:
    """A JSON object from a file; empty when there is none."""
    return _object(path.read_text()) if path.is_file() else {}


def table(rows: Sequence[Row], words: Sequence[str] = ("stage", "reasons", "score")) -> str:
    """Rows as aligned text: the columns of words to the left, all others to the right."""
    if not rows:
        return ""
    columns = list(rows[0])
    lines = [columns, *([row[name] for name in columns] for row in rows)]
    widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if name in words else cell.rjust(width)
            for name, cell, width in zip(columns, line, widths, strict=True)
        ).rstrip()
        for line in lines
    )


def summary(stages: Sequence[str], home: Path) -> str:
    """The short table that a run ends with, and where the report is."""
    page = PAGE if PAGE.is_file() else "none yet; `selfie2anime run` makes it"
    numbers = table(scores(read(METRICS), last_metrics(home)))
    parts = [table(funnel(stages)), numbers, gate(read(GATE)), f"report: {page}"]
    return "\n\n".join(part for part in parts if part)


def gate(said: Mapping[str, Any]) -> str:
    """Whether the new model may be released, and every limit that it misses; empty where nothing was judged yet."""
    if not said:
        return ""
    missed = [_missed(line) for line in said["findings"] if line["outcome"] in ("fail", "unmeasured")]
    rests = f", on {said['faces']} faces of {said['people']} people only" if said["few"] else ""
    return "\n".join([f"gate: {said['verdict'].upper()}{rests}", *missed])


def _missed(line: Mapping[str, Any]) -> str:
    about = " ".join(part for part in (line["score"], line["slice"], line["than"] and f"less {line['than']}'s") if part)
    value = "not measured" if line["value"] is None else f"{line['value']:.4g}"
    return f"  {about}: {value}, must be {line['limit']}"


def _committed(path: Path) -> dict[str, Any]:
    shown = subprocess.run(["git", "show", f"HEAD:./{path.as_posix()}"], capture_output=True, text=True, check=False)
    return _object(shown.stdout) if shown.returncode == 0 else {}


def _object(text: str) -> dict[str, Any]:
    content = json.loads(text)
    return content if isinstance(content, dict) else {}


def _flat(part: Any, name: str = "") -> Iterator[tuple[str, float]]:
    """Numbers of a nested object by dotted name."""
    if isinstance(part, Mapping):
        for key, value in part.items():
            yield from _flat(value, f"{name}.{key}" if name else str(key))
    elif isinstance(part, int | float) and not isinstance(part, bool):
        yield name, float(part)


def _count(value: Any) -> str:
    return "" if value is None else str(value)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"


def _change(now: float | None, before: float | None) -> str:
    return "" if now is None or before is None else f"{now - before:+.3g}" if now != before else "same"
