"""Candidate pairs and uncertain labels for people to decide on, in a page of this machine.

Run as `selfie2anime review`. Every decision is a line of data/reviews/<reviewer>.jsonl, on disk before the page goes
on; the stages `pair` and `label` take them in at the next refresh.
"""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from tasks import label, label_sheet, pair
from tasks.core import manifest
from tasks.core.errors import require
from tasks.core.manifest import ATTRIBUTES
from tasks.pages.contact_sheet import Doubt
from tasks.reviewing import decisions, opinions, queue
from tasks.reviewing.colleagues import Colleagues
from tasks.reviewing.crops import Crops
from tasks.reviewing.decisions import LABEL, LIVE, REVIEWS
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

    reviewer = decisions.reviewer(request.reviewer)
    with door.listening(at.host, at.port) as sock:  # a page that cannot be shown begins no log
        desk = Desk(found, reviewer, LIVE, request.overlap, REVIEWS)
        door.serve(door.guarded(service(desk, Crops(pair.ALIGN)), at, BODY), at, request.open, sock)


def items() -> list[Item]:
    """The candidates of data/pair.parquet and the doubts of data/label.parquet, and what people decided of them."""
    labels = manifest.read(label.OUT, manifest.LABEL).to_pylist()
    pairs = manifest.read(pair.OUT, manifest.PAIR).to_pylist() if pair.OUT.is_file() else []
    doubts = label_sheet.doubts(labels, label_sheet.Choice(count=label_sheet.MANY))
    told = {(row["face_id"], name) for row in labels for name in ATTRIBUTES if row[f"{name}_origin"] == label.PERSON}
    decided = opinions.of_kind(Colleagues([REVIEWS], "").logs(), LABEL)
    reviewed = {(face, name) for face, _, name in (of.partition("/") for of in decided)} & told
    candidates = queue.candidates(pairs, {row["face_id"]: row for row in labels})
    return [*candidates, *questions([*doubts, *measured(reviewed)])]


def measured(labels: Collection[tuple[str, str]]) -> list[Doubt]:
    """What models say of reviewed labels, (face_id, attribute): a second person is asked what the first was."""
    if not labels:
        return []
    rows = {row["face_id"]: row for row in manifest.read_all(label.MEASURED, manifest.LABEL).to_pylist()}
    return [label_sheet.doubt(rows[face], name) for face, name in sorted(labels) if face in rows]


def questions(doubts: list[Doubt]) -> Iterator[Question]:
    """Doubts of the label sheet as the page asks them, the least certain of each attribute at turn 0."""
    turns: Counter[str] = Counter()
    for doubt in sorted(doubts, key=lambda doubt: (doubt.score, doubt.image)):
        of, options = f"{doubt.image}/{doubt.attribute}", doubt.values if doubt.few else ()
        score, turn = round(doubt.score, 3), turns[doubt.attribute]
        yield Question(of, doubt.image, doubt.attribute, doubt.value, score, doubt.origin, options, turn)
        turns[doubt.attribute] += 1
