"""Look through the dataset: reports/dataset.html and .json, with what changed since the last refresh.

The last step of a refresh, and a task that a person runs, `selfie2anime survey`. It is no stage: it compares with what
it saw before, which data/survey keeps, so that its page is not a function of its inputs alone. The same dataset, the
same memory and the same day give the same bytes.
"""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa

from tasks.core import manifest
from tasks.core.errors import UserError
from tasks.core.pictures import Pictures
from tasks.core.stage import log, start
from tasks.pages import dataset
from tasks.pages.dataset import Survey
from tasks.pages.funnel import thumbnail
from tasks.pages.picture import FACE, THUMB
from tasks.pages.provenance import versions
from tasks.surveying import changes, clusters, counts, journey

DATA, MEMORY = Path("data"), Path("data/survey")
PAGE, NUMBERS = Path("reports/dataset.html"), Path("reports/dataset.json")


def main() -> None:
    """data/ -> reports/dataset.html, reports/dataset.json, data/survey/."""
    found = journey.journeys(DATA)
    if found.empty:
        raise UserError("data/ingest holds no picture; `selfie2anime refresh` takes in what params.yaml names")
    former = remember(journey.snapshot(found), MEMORY)
    survey = look(DATA, found, former, date.today().isoformat())
    page = dataset.render(survey, thumbnails(survey.wanted(), DATA))
    with manifest.whole(PAGE) as part:
        part.write_text(page)
    manifest.write_json(NUMBERS, dataset.numbers_of(survey))
    log.info("survey: %s %s", dataset.headline(dataset.figures(survey)), dataset.news(survey.changes))


def look(data: Path, found: pd.DataFrame, former: pd.DataFrame | None, today: str) -> Survey:
    """All that the page says."""
    records = counts.records(data, found)
    groups, shown = counts.copies(data)
    columns = ["face_id", "id", "role", "yaw", "pitch"]
    faces = manifest.read_all(data / "align", manifest.ALIGN, columns).to_pandas()
    drawings = counts.usable(found)
    ids = set(drawings.loc[drawings["role"] == "anime", "id"])
    return Survey(
        journeys=found,
        changes=changes.compare(former, found[journey.SNAPSHOT.names]),
        batches=counts.batches(data, found),
        labels=counts.labels(data),
        licences=counts.by_role(records, "licence"),
        consent=counts.consent(records, today),
        styles=clusters.styles(data / "faces", ids),
        copies=shown,
        copy_groups=groups,
        pairs=counts.pairs(data),
        angles=faces[["role", "yaw", "pitch"]],
        crops=faces.sort_values("face_id", ascending=False).set_index("id")["face_id"].to_dict(),
        versions=versions(),
    )


def remember(now: pa.Table, memory: Path) -> pd.DataFrame | None:
    """The state before the last change, None at the first look; keeps `now` when it differs from what was kept.

    The former state moves aside before the new one is written: killed in between, the next call only writes.
    """
    current, previous = memory / "current.parquet", memory / "previous.parquet"
    if not (current.is_file() and manifest.read(current, journey.SNAPSHOT).equals(now)):
        if current.is_file():
            current.replace(previous)
        manifest.write(now, current, journey.SNAPSHOT)
    return manifest.read(previous, journey.SNAPSHOT).to_pandas() if previous.is_file() else None


def thumbnails(names: Iterable[str], data: Path) -> dict[str, str]:
    """'<folder>/<id>' -> the small picture's address in the page, of those that can be decoded."""
    shelves = {
        "ingest": Pictures(data / "ingest", manifest.INGEST, "id"),
        "align": Pictures(data / "align", manifest.ALIGN, "face_id"),
        "teacher": Pictures(data / "teacher", manifest.TEACHER, "face_id"),
    }
    wanted = [name.partition("/") for name in sorted(names)]
    found = {}
    for folder, shelf in shelves.items():
        for name in shelf.in_order(one for where, _, one in wanted if where == folder):
            side = THUMB if folder == "ingest" else FACE  # faces are shown larger
            if address := thumbnail(shelf.read(name) or b"", side):
                found[f"{folder}/{name}"] = address
    return found


if __name__ == "__main__":
    start(main)
