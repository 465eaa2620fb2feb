"""Before any stage runs: every section of params.yaml holds what its stage knows, and what DVC cannot see is listed.

A mistake in the last stage's section is so found before the first stage has written a byte. Sources outside
data/sources are listed in a file there, so that DVC sees when they change; so are the day, where some consent expires
or servers are asked, and a mark of the secret, where people have pseudonyms. What reviewers decided since is taken in.
The flows run this first; who uses `dvc repro` alone runs `python -m tasks.inventory`.
"""

import csv
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

from tasks import align, dedupe, evaluate, ingest, label, pair, stylize
from tasks.core import manifest, params
from tasks.core.errors import UserError, nearest
from tasks.core.stage import log, start
from tasks.faces.finder import Settings
from tasks.ingest import SOURCES
from tasks.reviewing import decisions, snapshot
from tasks.sifting import limits
from tasks.sources import names as naming
from tasks.sources import place, policy, pseudonym
from tasks.sources.batch import Batch
from tasks.sources.opening import opened
from tasks.training.plan import Lesson, Plan

LIST, SECRET = SOURCES / "inventory.csv", SOURCES / "secret.txt"
SECTIONS = {
    "faces": Settings,
    "ingest": ingest.Params,
    "dedupe": dedupe.Params,
    "quality": limits.Params,
    "align": align.Params,
    "label": label.Params,
    "pair": pair.Params,
    "finetune": Plan,
    "student": Lesson,
    "stylize": stylize.Params,
    "evaluate": evaluate.Params,
}
ELSEWHERE = ("schedule",)  # read by `selfie2anime serve` alone


def main() -> None:
    """Check params.yaml and the sources; write into data/sources what DVC has to see of them."""
    check()
    taken = snapshot.take(decisions.LIVE, decisions.REVIEWS)
    given = params.load("ingest", ingest.Params)
    batches = [opened(source, given.max_bytes, given.fetch) for source in given.sources]
    keep(policy.TODAY, day(batches))
    rules = ingest.policy_of(given, batches)
    for batch in batches:
        ingest.check(batch, rules)
    keep(SECRET, mark(batches))
    outside = sorted({path for source in given.sources for path in (source.path, source.records) if not inside(path)})
    keep(LIST, inventory(outside) if outside else "")
    log.info("inventory: %d sources outside %s, %d reviews with news", len(outside), SOURCES, len(taken))


def check() -> None:
    """Raise UserError for a section or a key that nobody reads, and for a value that its stage refuses."""
    known = [*SECTIONS, *ELSEWHERE]
    for section in params.read():
        if section not in known:
            raise UserError(f"params.yaml: section {section} is unknown; {nearest(str(section), known)}")
    for section, cls in SECTIONS.items():
        params.load(section, cls)


def keep(file: Path, text: str) -> None:
    """The file with this text, or no file for none; one that holds it already is not touched."""
    if not text:
        file.unlink(missing_ok=True)
    elif not file.is_file() or file.read_text() != text:
        with manifest.whole(file) as part:
            part.write_text(text)


def day(batches: Iterable[Batch]) -> str:
    """Today in UTC, where some consent expires or some server may answer later: else no new day makes anything anew."""
    counts = any(batch.source.kind == "urls" or batch.records.holds("expires") for batch in batches)
    return f"{datetime.now(UTC).date().isoformat()}\n" if counts else ""


def mark(batches: Iterable[Batch]) -> str:
    """What changes with the secret, where it made somebody's pseudonym."""
    named = any(batch.source.kind != "sample" and batch.records.holds("subject") for batch in batches)
    return f"{pseudonym.mark(pseudonym.secret())}\n" if named else ""


def inside(path: str) -> bool:
    """Whether DVC sees the path as part of data/sources; so it does where there is none."""
    here = place.local(path) if path else SOURCES
    return here is not None and here.resolve().is_relative_to(SOURCES.resolve())


def inventory(places: Iterable[str]) -> str:
    """CSV of place, file, bytes and mark of change (nanoseconds, or a store's ETag), sorted."""
    lines = StringIO()
    table = csv.writer(lines, lineterminator="\n")
    table.writerow(["place", "file", "bytes", "changed"])
    for path in sorted(places):
        table.writerows((naming.printable(path), naming.printable(name), *facts) for name, facts in listed(path))
    return lines.getvalue()


def listed(path: str) -> Iterator[tuple[str, tuple[int, str]]]:
    """(name, (bytes, mark of change)) of each file of a folder, or of the one file."""
    if place.is_file(path):
        yield "", place.facts(path)
        return
    for name in place.listed(path) or {}:
        yield name, place.facts(place.joined(path, name))


if __name__ == "__main__":
    start(main)
