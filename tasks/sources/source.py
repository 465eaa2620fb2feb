"""One entry of `ingest.sources`: what is taken in, and what holds for every file that has no record of its own."""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from tasks.core.errors import nearest, require

KINDS, ROLES = ("archive", "folder", "parquet", "sample", "urls"), ("photo", "anime")
SUFFIXES = re.compile(r"\.(zip|tar|tgz|tbz2|txz|gz|bz2|xz|csv|parquet)$", re.IGNORECASE)
SAFE = re.compile(r"\w[\w.-]{0,99}")


@dataclass(frozen=True)
class Source:
    """Where pictures come from: the embedded sample, or a path or URL with its role, licence and consent."""

    kind: str
    path: str = ""
    role: str = "photo"
    batch: str = ""
    licence: str = "unknown"
    author: str = ""
    consent: str = ""
    purpose: str = ""  # of the consent; several with `;` between
    given: str = ""  # ISO date
    expires: str = ""  # ISO date, the last day
    records: str = ""  # CSV or Parquet with what holds for single files
    column: str = ""  # of the pictures, where kind is parquet

    def __post_init__(self) -> None:
        require(self.kind in KINDS, f"ingest.sources kind is {self.kind!r}; {nearest(self.kind, list(KINDS))}")
        require(self.role in ROLES, f"ingest.sources role is {self.role!r}; {nearest(self.role, list(ROLES))}")
        require(self.kind == "sample" or bool(self.path), f"ingest.sources: {self.article} needs its `path`")
        require(SAFE.fullmatch(self.name) is not None, f"ingest.sources batch is {self.name!r}; use up to 100 letters, "
                "digits, `-`, `_` and `.`, a letter or digit first")  # fmt: skip

    @property
    def article(self) -> str:
        """The kind in a sentence."""
        words = {"archive": "an archive", "urls": "a list of URLs", "parquet": "a Parquet source"}
        return words.get(self.kind, f"a {self.kind}")

    @property
    def name(self) -> str:
        """The batch's name: given, or made of the last part of the path, without endings that say a format."""
        if self.batch or self.kind == "sample":
            return self.batch or self.kind
        last = PurePosixPath(self.path).name
        while self.kind != "folder" and SUFFIXES.search(last):
            last = SUFFIXES.sub("", last)
        return re.sub(r"[^\w.-]+", "-", last).lstrip("-.")
