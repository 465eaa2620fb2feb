"""Candidate pairs and uncertain labels for people to decide on, in a page of this machine.

Run as `selfie2anime review`. Every decision is a line of data/sources/reviews/<reviewer>.jsonl, on disk before the page
goes on; the stages `pair` and `label` take them in at the next refresh.
"""

from dataclasses import dataclass

from tasks import label, label_sheet, pair
from tasks.core import manifest
from tasks.core.errors import require
from tasks.pages.contact_sheet import Doubt
from tasks.reviewing import decisions, queue
from tasks.reviewing.crops import Crops
from tasks.reviewing.decisions import REVIEWS
from tasks.reviewing.desk import Desk
from tasks.reviewing.queue import Item, Question
from tasks.web import door

BODY = 2**14  # bytes of a decision, with room to spare


@dataclass(frozen=True)
class Request:
    """Who reviews, where the page is, and which share of what others decided is asked again."""

    reviewer: str
    host: str = "127.0.0.1"
    port: int = 8765
    overlap: float = 0.1
    open: bool = False

    def __post_init__(self) -> None:
        decisions.reviewer(self.reviewer)
        require(0 <= self.overlap <= 1, f"--overlap is {self.overlap}; use a share of 0 to 1")


def review(request: Request) -> None:
    """Serve the page until a signal comes; UserError where there is nothing to look at."""
    at = door.opened(request.host, request.port)
    found = items()
    require(bool(found), f"{pair.OUT} has no candidate and {label.OUT} no label in doubt; nothing is to be reviewed")
    from tasks.reviewing.service import service  # FastAPI takes half a second, which a mistake need not wait

    desk = Desk(found, decisions.reviewer(request.reviewer), REVIEWS, request.overlap)
    app = service(desk, Crops(pair.ALIGN))
    door.serve(door.guarded(app, at, BODY), at, request.open)


def items() -> list[Item]:
    """The candidates of data/pair.parquet and the doubts of data/label.parquet."""
    labels = manifest.read(label.OUT, manifest.LABEL).to_pylist()
    pairs = manifest.read(pair.OUT, manifest.PAIR).to_pylist() if pair.OUT.is_file() else []
    doubts = label_sheet.doubts(labels, label_sheet.Choice(count=label_sheet.MANY))
    return [*queue.candidates(pairs, {row["face_id"]: row for row in labels}), *map(question, doubts)]


def question(doubt: Doubt) -> Question:
    """A doubt of the label sheet as the page asks it."""
    of = f"{doubt.image}/{doubt.attribute}"
    options = doubt.values if doubt.few else ()
    return Question(of, doubt.image, doubt.attribute, doubt.value, round(doubt.score, 3), doubt.origin, options)
