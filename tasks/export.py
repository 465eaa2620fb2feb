"""Hand the dataset over: as Parquet, as folders, as pix2pix's AB pictures, or as webdataset's tars, with a card.

A task that a person runs, `selfie2anime export`. The target appears whole or not at all; the same data and the same
request give the same bytes.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path

from tasks.core import manifest, params, shards
from tasks.core.errors import UserError, nearest, require
from tasks.core.manifest import ATTRIBUTES
from tasks.core.splits import SPLITS
from tasks.core.stage import log
from tasks.exports import card, content, folders, parquet, pix2pix, webdataset
from tasks.exports.selection import Row, Rules, Selection, faces_of, pairs, single

DATA = Path("data")
FORMATS = ("parquet", "folders", "pix2pix", "webdataset")
WHAT = ("pairs", "faces")
STATUSES = ("accepted", "candidate", "rejected")
SETTINGS = ("faces", "dedupe", "quality", "align", "label", "pair")  # of params.yaml, in the card
Writer = Callable[[Selection, content.Read, Path], None]


@dataclass(frozen=True)
class Request:
    """What is to be exported, and where to."""

    format: str
    out: str
    what: str = "pairs"
    split: tuple[str, ...] = SPLITS
    status: tuple[str, ...] = ("accepted",)
    licences: tuple[str, ...] = ()  # empty: any
    by: str = "role"  # what names the classes of `folders`

    def __post_init__(self) -> None:
        one_of("--format", self.format, FORMATS)
        one_of("--what", self.what, WHAT)
        one_of("--by", self.by, ("role", *ATTRIBUTES))
        for option, values, known in (("--split", self.split, SPLITS), ("--status", self.status, STATUSES)):
            require(bool(values), f"{option} is empty; name some of {', '.join(known)}")
            for value in values:
                one_of(option, value, known)
        require(self.format != "pix2pix" or self.what == "pairs", "--format pix2pix joins pairs; use --what pairs")
        labelled = self.by == "role" or (self.format == "folders" and self.what == "faces")
        require(labelled, f"--by {self.by} needs --format folders and --what faces")

    def command(self) -> str:
        """The command line without the place, which is nobody's business."""
        options = [f"--format {self.format}", f"--what {self.what}", f"--split {','.join(self.split)}"]
        options += [f"--status {','.join(self.status)}"] if self.what == "pairs" else []
        options += [f"--licences {','.join(self.licences)}"] if self.licences else []
        options += [f"--by {self.by}"] if self.by != "role" else []
        return " ".join(["selfie2anime export", *options])


def export(request: Request, data: Path = DATA, today: str | None = None) -> str:
    """Write the export; returns what a person wants to know of it. Consents must hold on `today` (ISO date)."""
    out = free(Path(request.out))
    faces = faces_of(data)
    selection = select(request, data, faces, today or date.today().isoformat())
    require(bool(selection.items), f"no {request.what} are left to export; {why_none(selection, request)}")
    with appearing(out) as part:
        writer(request)(selection, content.reader(data), part)
        (part / "README.md").write_text(card.render(selection, faces, about(request, data)))
    return said(selection, faces, out)


def select(request: Request, data: Path, faces: dict[str, Row], today: str) -> Selection:
    """The pairs or faces that the request names."""
    rows = manifest.read(data / "pair.parquet", manifest.PAIR).to_pylist()
    strangers = {face for row in rows for face in (row["photo"], row["anime"]) if face} - set(faces)
    require(not strangers, f"data/pair.parquet names {len(strangers)} faces that data/align lacks; `dvc repro pair`")
    rules = Rules(request.split, request.status, request.licences, today)
    return pairs(faces, rows, rules) if request.what == "pairs" else single(faces, rows, rules)


def writer(request: Request) -> Writer:
    """The function that writes the format."""
    by_name: dict[str, Writer] = {
        "parquet": parquet.write,
        "folders": folders.by_class(request.by),
        "pix2pix": pix2pix.write,
        "webdataset": webdataset.write,
    }
    return by_name[request.format]


def about(request: Request, data: Path) -> card.About:
    """What the card tells of how the data was made."""
    sections = params.read()
    sizes = manifest.read_all(data / "align", manifest.ALIGN, ["size"])["size"].unique().to_pylist()
    keys = [shards.key_of(shard) or "" for shard in manifest.shards(data / "align")]
    digests = {
        "data/align": shards.digest(*keys)[:16],
        "data/label.parquet": shards.file_digest(data / "label.parquet")[:16],
        "data/pair.parquet": shards.file_digest(data / "pair.parquet")[:16],
    }
    settings = {name: params.unplaced(sections[name]) for name in SETTINGS if name in sections}
    return card.About(
        request.format, request.command(), version("selfie2anime"), request.by, max(sizes), settings, digests
    )


def said(selection: Selection, faces: dict[str, Row], out: Path) -> str:
    """The counts, what stayed at home and why, and what must not be published."""
    counts = ", ".join(f"{split} {len(items):,}" for split, items in content.by_split(selection).items())
    lines = [f"{out}: {len(selection.items):,} {selection.what} ({counts}); its card is {out / 'README.md'}"]
    if selection.left_out:
        lines.append("left out: " + ", ".join(f"{reason} {count:,}" for reason, count in selection.left_out.items()))
    unclear = card.unshareable(card.faces_in(selection, faces))
    if unclear:
        names = ", ".join(f"{name} ({count:,})" for name, count in unclear.items())
        lines.append(f"not for publishing: pictures under {names}; --licences leaves them out")
    return "\n".join(lines)


def why_none(selection: Selection, request: Request) -> str:
    """What took the last one, with a remedy."""
    if selection.left_out:
        return "left out: " + ", ".join(f"{reason} {count:,}" for reason, count in selection.left_out.items())
    return f"--split {','.join(request.split)} --status {','.join(request.status)} names none of data/pair.parquet"


def free(out: Path) -> Path:
    """The target, when nothing is there yet; raises UserError otherwise."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UserError(f"--out {out} is there already; name another folder, or delete it")
    return out


@contextmanager
def appearing(out: Path) -> Iterator[Path]:
    """A folder beside the target that takes its place only when the block ends without an error."""
    part = out.with_name(f".{out.name}.part")
    shutil.rmtree(part, ignore_errors=True)  # of an export that was killed
    part.mkdir(parents=True)
    try:
        yield part
        part.replace(out)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    log.info("export: %s is whole", out)


def one_of(option: str, value: str, known: tuple[str, ...]) -> None:
    """Raise UserError unless the value is known."""
    require(value in known, f"{option} is {value!r}; {nearest(value, list(known))}")
