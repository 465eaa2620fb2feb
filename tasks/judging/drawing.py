"""A model's drawing of an aligned face, losslessly: what is judged, apart from how."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tasks.core.image import decode_own, encode_png
from tasks.styles import stylizer

Row = dict[str, Any]


@dataclass(frozen=True)
class Draw:
    """Aligned face -> row of JUDGED_PICTURE."""

    model: Path

    def __call__(self, row: Row) -> Row:
        """The model's drawing of it."""
        drawing = stylizer.opened(self.model).run(decode_own(row["image"]["bytes"]))
        return {"face_id": row["face_id"], "image": {"bytes": encode_png(drawing), "path": None}}
