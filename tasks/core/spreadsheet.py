"""A CSV as people's spreadsheet programs write it, and how its cells name a picture."""

import csv
import io
import re
from pathlib import Path
from typing import Any

from tasks.core.errors import UserError

_ID = re.compile(r"[0-9a-f]{16}(-\d+)?")


def lines(path: Path) -> list[dict[str, Any]]:
    """The lines below the head, each by its columns, None where a line is short; UserError for what is no CSV."""
    try:
        text = path.read_text(encoding="utf-8-sig")  # Excel marks its files
        return list(csv.DictReader(io.StringIO(text, newline="")))
    except (UnicodeDecodeError, csv.Error) as fault:
        raise UserError(f"{path} is no readable CSV: {fault}; save it as CSV in UTF-8") from fault


def is_id(cell: str) -> bool:
    """Whether it is the id of a picture or of a face, and no file's name."""
    return _ID.fullmatch(cell) is not None
