"""The dataset card: what is in it, what one may do with it, and what it lacks."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tasks.core.manifest import ATTRIBUTES
from tasks.exports import gaps, licences
from tasks.exports.content import by_split
from tasks.exports.selection import Row, Selection, told

HERE = Path(__file__).parent
SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
FILES = {"parquet": "data/{}-*.parquet", "webdataset": "{}-*.tar", "folders": "{}/**", "pix2pix": "{}/**"}
LOADING = {
    "parquet": "Load it with `datasets.load_dataset` and the path of this folder; every column has its type.",
    "webdataset": "Load a split with `webdataset.WebDataset`; a sample has its pictures and its facts as `json`.",
    "folders": "Load a split with torchvision's `ImageFolder`; metadata.parquet beside the classes holds the facts.",
    "pix2pix": "Photo left, drawing right: the aligned layout of pix2pix; metadata.parquet holds the facts.",
}


@dataclass(frozen=True)
class About:
    """What the card tells beside the selection."""

    format: str
    command: str
    version: str
    by: str
    size: int  # pixels of a crop's side
    settings: Mapping[str, Any]
    digests: Mapping[str, str]


def render(selection: Selection, faces: Mapping[str, Row], about: About) -> str:
    """README.md with the front matter of the Hugging Face Hub."""
    environment = Environment(loader=FileSystemLoader(HERE), undefined=StrictUndefined, trim_blocks=True)
    shown = faces_in(selection, faces)
    return environment.get_template("card.md").render(context(selection, shown, about)).rstrip() + "\n"


def context(selection: Selection, shown: Sequence[Row], about: About) -> dict[str, Any]:
    """What the template shows, by name."""
    return {
        "title": f"selfie2anime, {selection.what}",
        "front": yaml.safe_dump(front(selection, shown, about.format), sort_keys=False, allow_unicode=True).strip(),
        "what": selection.what,
        "opening": opening(selection),
        "splits": split_lines(selection, shown),
        "apart": gaps.apart(shown),
        "loading": LOADING[about.format],
        "licences": licence_lines(shown),
        "warning": warning(shown),
        "consent": consent_lines(shown),
        "labels": label_lines(shown),
        "origins": ", ".join(origins(shown)) or "nobody",
        "gaps": gaps.gaps(selection, shown, about.by if about.format == "folders" else "") or ["None was found."],
        "methods": methods(selection),
        "left_out": ", ".join(f"{n} by `{why}`" for why, n in selection.left_out.items()) or "nothing",
        "settings": yaml.safe_dump(dict(about.settings), sort_keys=False, allow_unicode=True).strip(),
        "size": about.size,
        "version": about.version,
        "command": about.command,
        "digests": about.digests,
    }


def faces_in(selection: Selection, faces: Mapping[str, Row]) -> list[Row]:
    """Every picture of the selection once, with its role, split, person and labels; a teacher's have no face_id."""
    found: dict[tuple[str, str], Row] = {}
    for item in selection.items:
        for role, place in item.pictures.items():
            folder, face = place
            facts = faces[face] if folder == "align" else dict.fromkeys(faces[face])
            record = {name: faces[face][name] for name in ("licence", "consent", "expires")}
            role = facts["role"] or role
            person = item.facts["person"] if role == "photo" else None
            found.setdefault(place, facts | record | {"role": role, "split": item.split, "person": person})
    return list(found.values())


def front(selection: Selection, shown: Sequence[Row], layout: str) -> dict[str, Any]:
    """The front matter: licences, task, size, and where the splits lie."""
    count = len(selection.items)
    files = [{"split": split, "path": FILES[layout].format(split)} for split in by_split(selection)]
    return {
        "license": licences.identifiers(row["licence"] or "unknown" for row in shown),
        "task_categories": ["image-to-image"],
        "tags": ["face", "anime", "selfie2anime"],
        "size_categories": [next((name for most, name in SIZES if count < most), "n>1M")],
        "configs": [{"config_name": "default", "data_files": files}],
    }


def opening(selection: Selection) -> str:
    """What a row is, in a sentence."""
    count = len(selection.items)
    if selection.what == "pairs":
        return f"{count:,} pairs of an aligned face from a photo and a drawing in anime style."
    return f"{count:,} aligned faces from photos and from drawings in anime style."


def split_lines(selection: Selection, shown: Sequence[Row]) -> list[Row]:
    """Counts of each split."""
    lines = []
    for split, items in by_split(selection).items():
        here = [row for row in shown if row["split"] == split]
        roles = Counter(row["role"] for row in here)
        people = len({row["person"] for row in here} - {None})
        counts = {"count": len(items), "people": people, "photos": roles["photo"], "drawings": roles["anime"]}
        lines.append({"split": split} | counts)
    return lines


def licence_lines(shown: Sequence[Row]) -> list[Row]:
    """Pictures of each licence, by role."""
    counts = Counter((row["licence"] or "unknown", row["role"]) for row in shown)
    names = sorted({name for name, _ in counts})
    return [
        {"name": n, "photos": counts[n, "photo"], "drawings": counts[n, "anime"], "terms": licences.terms(n)}
        for n in names
    ]


def warning(shown: Sequence[Row]) -> str:
    """Whether the whole may be passed on, as far as the names of the licences tell."""
    unclear = unshareable(shown)
    if not unclear:
        return "Every licence allows sharing under its own terms; authors and addresses are columns of the data."
    count = sum(unclear.values())
    names = ", ".join(unclear)
    return (
        f"**Do not publish this as it is**: {count:,} pictures are {names}, which is not known to allow sharing. "
        "Export again with `--licences` to leave them out."
    )


def unshareable(shown: Sequence[Row]) -> dict[str, int]:
    """Licence -> pictures, of licences not known to allow sharing."""
    counts = Counter(row["licence"] or "unknown" for row in shown)
    return {name: count for name, count in sorted(counts.items()) if not licences.may_share(name)}


def consent_lines(shown: Sequence[Row]) -> list[str]:
    """How many photos have a record of consent, what for, and when the first one ends."""
    photos = [row for row in shown if row["role"] == "photo"]
    given = [row for row in photos if row["consent"]]
    lines = [f"{len(given):,} of {len(photos):,} photos have a record of consent (column `consent`)."]
    purposes = Counter(row["purpose"] for row in given if row["purpose"])
    lines += [f"Given for {purpose}: {count:,} photos." for purpose, count in sorted(purposes.items())]
    ends = sorted(row["expires"] for row in photos if row["expires"])
    if ends:
        lines.append(f"The first consent ends on {ends[0]}; {len(ends):,} photos have one that ends. Delete them then.")
    return lines


def label_lines(shown: Sequence[Row]) -> list[Row]:
    """The distribution of each attribute, the commonest value first, by role."""
    lines = []
    for name in ATTRIBUTES:
        told = {role: distribution(shown, role, name) for role in ("photo", "anime")}
        if set(told.values()) != {"unknown"}:
            lines.append({"name": name, "photos": told["photo"], "drawings": told["anime"]})
    return lines


def distribution(shown: Sequence[Row], role: str, name: str) -> str:
    """'none 12, glasses 3', or `unknown` where nothing else was told."""
    counts = Counter(told(row, name) for row in shown if row["role"] == role)
    values = sorted(counts.items(), key=lambda item: (item[0] == "unknown", -item[1], item[0]))
    return ", ".join(f"{value} {count:,}" for value, count in values) if set(counts) - {"unknown"} else "unknown"


def origins(shown: Sequence[Row]) -> list[str]:
    """Who gave the labels: models, rules, a person."""
    found = {row[f"{name}_origin"] for row in shown for name in ATTRIBUTES if row[name] not in (None, "unknown")}
    return sorted(origin for origin in found if origin)


def methods(selection: Selection) -> str:
    """How the pairs came about, in a sentence."""
    if selection.what != "pairs":
        return ""
    counts = Counter((item.facts["method"], item.facts["teacher"] or "") for item in selection.items)
    words = {"manual": "put together by hand", "match": "matched by likeness", "teacher": "drawn by"}
    told = [f"{count:,} {words.get(method, method)} {teacher}".strip() for (method, teacher), count in counts.items()]
    return f"Pairs: {', '.join(sorted(told))}."
