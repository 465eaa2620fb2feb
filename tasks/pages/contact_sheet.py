"""The contact sheet of labels: a page that opens offline, with every picture inside it, and its CSV."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from tasks.pages.picture import embedded_png

HERE = Path(__file__).parent
COLUMNS = ("image", "attribute", "value", "score", "origin")
FEW = 16  # values up to which a list is shown to choose from; a number is typed


@dataclass(frozen=True)
class Doubt:
    """A label that may be wrong: face_id, attribute, its value, score 0..1 and origin, and the values it could have."""

    image: str
    attribute: str
    value: str
    score: float
    origin: str
    values: tuple[str, ...]

    @property
    def few(self) -> bool:
        """Whether the values fit into a list."""
        return len(self.values) <= FEW


@dataclass(frozen=True)
class Card:
    """A face, the PNG of its crop, and its labels."""

    face: str
    png: bytes
    doubts: list[Doubt]

    @property
    def picture(self) -> str:
        """A data address."""
        return embedded_png(self.png)


def csv_text(doubts: list[Doubt]) -> str:
    """One line per label, under COLUMNS."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows((d.image, d.attribute, d.value, f"{d.score:.2f}", d.origin) for d in doubts)
    return text.getvalue()


def render(cards: list[Card]) -> str:
    """The page; picture, style and script are inside it."""
    environment = Environment(
        loader=FileSystemLoader(HERE), undefined=StrictUndefined, autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("contact_sheet.html").render(
        cards=cards,
        labels=sum(len(card.doubts) for card in cards),
        style=Markup((HERE / "contact_sheet.css").read_text()),
        script=Markup((HERE / "contact_sheet.js").read_text()),
    )
