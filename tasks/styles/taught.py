"""The memo of the teacher: its drawing of every aligned photo, made once."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tasks.core import facewise, image, manifest, shards
from tasks.core.pool import pool
from tasks.deploy import runtimes
from tasks.styles import cel, stylizer, teacher
from tasks.styles.teacher import Teacher

CODE = (image, teacher)


@dataclass(frozen=True)
class Pupil:
    """Aligned photo -> its drawing, as a value that worker processes can be sent."""

    master: Teacher

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        """The manifest's row; the drawing is as large as the photo."""
        drawing = self.master.draw()(image.decode_own(row["image"]["bytes"]))
        stored = {"bytes": image.encode_png(drawing), "path": None}
        return {"face_id": row["face_id"], "image": stored, "teacher": self.master.name}


def clear(out: Path) -> None:
    """Bring `out` to a folder without drawings: what it is without a teacher."""
    shards.update(shards.Output(out, manifest.TEACHER, (), {}), {}, lambda _: manifest.TEACHER.empty_table())


def update(align: Path, out: Path, master: Teacher) -> list[str]:
    """Bring `out` to one drawing per photo in `align`; returns their face ids."""
    code = (sys.modules[__name__], *CODE, *((cel,) if master.path is None else (stylizer, runtimes)))
    settings = {"teacher": [master.name, master.digest], "colour": master.colour}
    output = shards.Output(out, manifest.TEACHER, code, settings)
    with pool() as workers:
        facewise.update(output, align, photos_of, Pupil(master), workers)
    return [str(face) for face in manifest.read_all(out, manifest.TEACHER, ["face_id"])["face_id"].to_pylist()]


def photos_of(shard: Path) -> list[dict[str, Any]]:
    """Every photo's face that the shard holds."""
    rows = manifest.read(shard, manifest.ALIGN, ["face_id", "role", "image"]).to_pylist()
    return [row for row in rows if row["role"] == "photo"]
