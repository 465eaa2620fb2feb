"""Whether a picture may be used at all, told from its record alone, before anybody opens it."""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from tasks.core.errors import UserError
from tasks.sources.record import Record

TODAY = Path("data/sources/date.txt")  # written by tasks.inventory: a stage itself never looks at the clock


class Refusal(NamedTuple):
    """Why a picture is not used: a named reason and what was seen."""

    reason: str
    detail: str


@dataclass(frozen=True)
class Policy:
    """What the records have to say, and the day on which they are read."""

    licences: tuple[str, ...] = ()  # allowed; empty: any
    consent_needed: bool = False  # for photos
    purpose: str = ""  # empty: any
    today: str = ""  # ISO date; needed only where consent expires

    def refusal(self, record: Record) -> Refusal | None:
        """The reason against the picture, the gravest first; None where nothing speaks against it."""
        if self.licences and record.licence not in self.licences:
            return Refusal("licence", f"{record.licence}; allowed: {', '.join(self.licences)}")
        if self.consent_needed and record.role == "photo" and not record.consent:
            return Refusal("no_consent", "its record names no consent")
        if record.expires and record.expires < self.today:
            return Refusal("consent_expired", f"on {record.expires}")
        if self.purpose and record.consent and self.purpose not in _several(record.purpose):
            return Refusal("purpose", f"consent is for {record.purpose or 'nothing named'}, not for {self.purpose}")
        return None


def today(file: Path = TODAY) -> str:
    """The day against which consent is judged; raises UserError where nobody wrote it down."""
    if not (written := day(file)):
        raise UserError(
            f"{file} is missing, and some consent expires; run `python -m tasks.inventory`, which writes it"
        )
    return written


def day(file: Path = TODAY) -> str:
    """The day that was written down; "" where nobody did."""
    return file.read_text().strip() if file.is_file() else ""


def _several(words: str) -> list[str]:
    return [word.strip() for word in words.split(";")]
