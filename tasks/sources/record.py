"""What is known of a picture before it is opened: licence, author, origin, and whose consent holds for how long."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tasks.core.errors import UserError, nearest, require
from tasks.sources import pseudonym
from tasks.sources.names import composed, loose
from tasks.sources.source import ROLES, Source

NAMES = ("records.csv", "records.parquet")  # beside the pictures
OTHER_WORDS = {"file": "name", "license": "licence", "source_url": "url", "consent_id": "consent"}


@dataclass(frozen=True, slots=True)
class Record:
    """What holds for one file; "" is unknown."""

    role: str = "photo"
    licence: str = "unknown"
    author: str = ""
    url: str = ""  # where the picture came from
    subject: str = ""  # a pseudonym
    consent: str = ""  # its id
    purpose: str = ""  # of the consent; several with `;` between
    given: str = ""  # ISO date
    expires: str = ""  # ISO date, the last day


COLUMNS = tuple(Record.__dataclass_fields__)


class Records:
    """The record of each file; what its row leaves open is the source's own.

    `rows` says where in `table` a name is, names of files in NFC; a table that lay in a `folder` of the batch may leave
    that folder out.
    """

    def __init__(self, default: Record, rows: Mapping[str, int], table: pa.Table, folder: str = "") -> None:
        self.default = default
        self.rows = rows
        self.folder = folder
        self._columns = {name: _coded(table.column(name)) for name in table.column_names if name in COLUMNS}

    def of(self, name: str) -> Record:
        """The record of one file of the batch."""
        row = next((self.rows[own] for own in self._names(name) if own in self.rows), None)
        if row is None or not self._columns:
            return self.default
        found = {column: words[codes[row]] for column, (codes, words) in self._columns.items()}
        return replace(self.default, **{column: word for column, word in found.items() if word})

    def strangers(self, names: Mapping[str, int]) -> list[str]:
        """What the table names and the batch does not hold."""
        known = {own for name in names for own in self._names(name)} if self.rows else set()
        return [name for name in self.rows if name not in known]

    def mistaken(self, names: Mapping[str, int]) -> tuple[str, str] | None:
        """The first stranger that is surely meant for a file, and that file: one without a row of its own."""
        meant = {loose(name): name for name in self.strangers(names)}
        for name in names if meant else ():
            found = next((meant[own] for own in map(loose, self._names(name)) if own in meant), None)
            if found and not any(own in self.rows for own in self._names(name)):
                return found, name
        return None

    def _names(self, name: str) -> tuple[str, ...]:
        """What a row about the file may call it."""
        return name, composed(name), composed(name.removeprefix(self.folder))

    def holds(self, column: str) -> bool:
        """Whether any record says something in this column."""
        words = self._columns[column][1] if column in self._columns else []
        return any([getattr(self.default, column), *words])

    def licences(self) -> set[str]:
        """Every licence that a file of the batch may have."""
        words = self._columns["licence"][1] if "licence" in self._columns else []
        return {self.default.licence, *words} - {""}


def default(source: Source) -> Record:
    """What holds for a file without a row; raises UserError for a date that is none."""
    days = {name: iso("ingest.sources", name, getattr(source, name)) for name in ("given", "expires")}
    return Record(source.role, source.licence, source.author, "", "", source.consent, source.purpose, **days)


def none(source: Source) -> Records:
    """The records of a source that has no table of them."""
    return Records(default(source), {}, pa.table({}))


def of_table(path: str, table: pa.Table, source: Source, key: str = "name", folder: str = "") -> Records:
    """The table's rows by their `key` column; raises UserError for what nobody could mean."""
    table = known(path, table, key)
    require(key in table.column_names, f"{path}: the column {key} is missing; it says which picture a row is about")
    keys = table.column(key).to_pylist()
    keys = keys if key == "url" else [composed(name) for name in keys]
    rows = {name: row for row, name in enumerate(keys)}
    if len(rows) < len(keys):
        twice = next(name for row, name in enumerate(keys) if rows[name] != row)
        raise UserError(f"{path}: {twice!r} has two rows; leave one")
    return Records(default(source), rows, checked(path, table), folder)


def known(path: str, table: pa.Table, key: str) -> pa.Table:
    """The table with its columns called as Record calls them; raises UserError for a column that nobody reads."""
    names = [OTHER_WORDS.get(name.strip().lower(), name.strip().lower()) for name in table.column_names]
    for name in names:
        words = [key, *COLUMNS]
        require(name in words, f"{path}: the column {name} is unknown; {nearest(name, words)}")
        require(names.count(name) == 1, f"{path}: two columns are called {name}; leave one")
    return table.rename_columns(names)


def checked(path: str, table: pa.Table) -> pa.Table:
    """The table without blanks round its words, with dates in ISO form, roles that exist, pseudonyms for subjects."""
    for name in COLUMNS:  # a blank is no consent, and no licence of its own
        table = _mapped(table, name, str.strip)
    if "role" in table.column_names:
        for role in set(table.column("role").to_pylist()) - {""}:
            require(role in ROLES, f"{path}: role is {role!r}; {nearest(role, list(ROLES))}")
    for name in ("given", "expires"):
        table = _mapped(table, name, partial(iso, path, name))
    if "subject" in table.column_names and any(table.column("subject").to_pylist()):
        key = pseudonym.secret()
        table = _mapped(table, "subject", lambda word: pseudonym.pseudonym(word, key))
    return table


def iso(path: str, column: str, word: str) -> str:
    """The day as YYYY-MM-DD, "" for none; a time of day is left out. Raises UserError for no date."""
    day = word.strip().replace(" ", "T").partition("T")[0]
    try:
        return date.fromisoformat(day).isoformat() if day else ""
    except ValueError:
        raise UserError(f"{path}: {column} is {word!r}; write the day as YYYY-MM-DD") from None


def _mapped(table: pa.Table, name: str, change: Callable[[str], str]) -> pa.Table:
    """The table with one column's words changed, each word once."""
    if name not in table.column_names:
        return table
    codes, words = _coded(table.column(name))
    changed = pa.array([change(word) for word in words], pa.string()).take(pa.array(codes))
    return table.set_column(table.column_names.index(name), name, changed)


def _coded(column: pa.ChunkedArray) -> tuple[npt.NDArray[np.int32], list[str]]:
    """(number of the word in each row, words): a million rows of few words cost little memory."""
    coded = column.cast(pa.string()).combine_chunks().dictionary_encode()
    return np.asarray(coded.indices, np.int32), coded.dictionary.to_pylist()
