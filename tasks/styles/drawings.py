"""The memo of the teacher: its drawing of every aligned photo, made once."""

import sys
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from tasks.core import image, manifest, shards
from tasks.core.pool import Pool, pool
from tasks.styles import cel, stylizer, teacher
from tasks.styles.teacher import Teacher

CODE = (image, teacher)


@dataclass(frozen=True)
class Pupil:
    """PNG of a photo -> PNG of its drawing, as a value that worker processes can be sent."""

    master: Teacher

    def __call__(self, png: bytes) -> bytes:
        """The drawing, as large as the photo."""
        return image.encode_png(self.master.draw()(image.decode_own(png)))


def clear(out: Path) -> None:
    """Bring `out` to a folder without drawings: what it is without a teacher."""
    shards.update(shards.Output(out, manifest.TEACHER, (), {}), {}, lambda _: manifest.TEACHER.empty_table())


def update(align: Path, out: Path, master: Teacher) -> list[str]:
    """Bring `out` to one drawing per photo in `align`; returns their face ids."""
    code = (sys.modules[__name__], *CODE, cel if master.path is None else stylizer)
    settings = {"teacher": [master.name, master.digest], "colour": master.colour}
    output = shards.Output(out, manifest.TEACHER, code, settings)
    with pool() as workers:
        shards.update(
            output, shards.inputs_of(align), lambda name: drawings_of(align / f"{name}.parquet", master, workers)
        )
    return [str(face) for face in manifest.read_all(out, manifest.TEACHER, ["face_id"])["face_id"].to_pylist()]


def drawings_of(shard: Path, master: Teacher, workers: Pool) -> pa.Table:
    """The teacher's drawing of every photo in an aligned shard."""
    rows = manifest.read(shard, manifest.ALIGN, ["face_id", "role", "image"]).to_pylist()
    photos = [row for row in rows if row["role"] == "photo"]
    drawn = workers.map(Pupil(master), [row["image"]["bytes"] for row in photos])
    return pa.Table.from_pylist(
        [
            {"face_id": row["face_id"], "image": {"bytes": data, "path": None}, "teacher": master.name}
            for row, data in zip(photos, drawn, strict=True)
        ],
        schema=manifest.TEACHER,
    )
