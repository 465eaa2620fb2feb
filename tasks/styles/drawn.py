"""The memo of the generator: what it drew of every face or picture, lossless, before any step.

A changed step or codec finds everything here, and no generator runs.
"""

import sys
from dataclasses import dataclass, replace
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from tasks.core import facewise, image, manifest, shards
from tasks.core.errors import UserError, out_of_memory
from tasks.core.image import Image
from tasks.core.pool import Pool
from tasks.core.shards import Output
from tasks.deploy import openvino_graph, runtimes
from tasks.faces import geometry, landmarks, upright
from tasks.faces.backend import Face
from tasks.faces.finder import Settings
from tasks.faces.geometry import Points
from tasks.styles import frame, portrait, stylizer, wishes
from tasks.styles.draft import Draft, Piece, Spot
from tasks.styles.portrait import FACE, Artist, NarrowError, Wanted

CODE = (
    sys.modules[__name__],
    frame,
    geometry,
    image,
    landmarks,
    openvino_graph,
    portrait,
    runtimes,
    stylizer,
    upright,
)
# What draws in tiles, by name: it brings torch with it, which only large pictures need.
TILING = (
    "tasks.nets.architectures",
    "tasks.nets.condition",
    "tasks.nets.generator",
    "tasks.nets.modulation",
    "tasks.nets.rows",
    "tasks.nets.student",
    "tasks.nets.tiling",
    "tasks.nets.weights",
    "tasks.styles.tiles",
)

Row = dict[str, Any]


@dataclass(frozen=True)
class Places:
    """Where photos and their faces lie: folders with one shard per ingest shard."""

    align: Path = Path("data/align")
    ingest: Path = Path("data/ingest")
    faces: Path = Path("data/faces")

    def photos(self, shard: str, mode: str) -> list[Row]:
        """What is to be drawn of a shard: every photo's chosen faces, or every photo that has one."""
        columns = ["face_id", "id", "role", "image", "landmarks68"]
        rows = manifest.read(self.align / shard, manifest.ALIGN, columns).to_pylist()
        photos = [row for row in rows if row["role"] == "photo"]
        return photos if mode == FACE else self._whole(shard, {row["id"] for row in photos})

    def _whole(self, shard: str, wanted: set[str]) -> list[Row]:
        seen = manifest.read(self.faces / shard, manifest.FACES, ["id", "role", "quarter", "faces"]).to_pylist()
        known = {row["id"]: row for row in seen if row["role"] == "photo"}
        rows = manifest.read(self.ingest / shard, manifest.INGEST, ["id", "role", "image", "reason"]).to_pylist()
        usable = [row for row in rows if row["reason"] is None and row["role"] == "photo" and row["id"] in wanted]
        return [{"face_id": row["id"]} | row | known[row["id"]] for row in {row["id"]: row for row in usable}.values()]


@dataclass(frozen=True)
class Brush:
    """Photo -> row of manifest.DRAWN, as a value that worker processes can be sent."""

    model: Path
    faces: Settings
    wanted: Wanted
    runtime: str

    def __call__(self, row: Row) -> Row:
        """The manifest's row; a photo that cannot be drawn has a reason."""
        found = {"face_id": row["face_id"], "id": row["id"], "image": None, "pieces": [], "reason": None}
        try:
            return found | stored(self.draft(row))
        except (*portrait.FAULTS, MemoryError) as fault:
            if out_of_memory(fault):  # another night draws it
                raise UserError(f"memory ran out drawing {row['id']}: {fault}; lower stylize.max_side") from fault
            return found | {"reason": "undrawable"}
        except NarrowError:
            return found | {"reason": "narrow"}

    def draft(self, row: Row) -> Draft:
        """What the generator draws; one thread, since workers share the cores."""
        artist = opened(self.model, self.faces, self.runtime)
        if self.wanted.mode == FACE:
            return artist.crop(image.decode_own(row["image"]["bytes"]), marks_of(row["landmarks68"]), self.wanted)
        return artist.drawn(*picture(row), self.wanted)


@cache
def opened(model: Path, faces: Settings, runtime: str) -> Artist:
    """The artist, made once in each process."""
    return Artist(model, faces, runtime, threads=1)


def update(output: Output, places: Places, brush: Brush, workers: Pool) -> int:
    """Bring `output` to one drawing per photo's face, or per photo; returns how many shards changed."""
    return facewise.update(
        output, places.align, lambda shard: places.photos(shard.name, brush.wanted.mode), brush, workers
    )


def tiling(mode: str) -> dict[str, str]:
    """Digests of the code that draws large pictures, by module: part of a key where whole pictures are drawn."""
    specs = {name: find_spec(name) for name in TILING if mode != FACE}
    return {name: shards.file_digest(Path(str(spec.origin))) for name, spec in specs.items() if spec}


def stored(made: Draft) -> Row:
    """The columns of manifest.DRAWN that a draft fills."""
    whole = made.drawing if made.drawing is None else {"bytes": image.encode_lossless(made.drawing), "path": None}
    spots = [_piece(spot, None) for spot in made.spots]
    pieces = [_piece(piece.spot, image.encode_lossless(piece.drawing)) for piece in made.pieces]
    return {"image": whole, "pieces": spots + pieces}


def restored(photo: Row, row: Row, wanted: Wanted, controlled: bool) -> Draft:
    """The draft that was stored in `row`, from the photo that it was drawn of."""
    told = partial(replace, hair=wishes.hair(wanted.wishes), controlled=controlled)
    drawing = image.decode_own(row["image"]["bytes"]) if row["image"] else None
    if wanted.mode == FACE:
        crop = image.decode_own(photo["image"]["bytes"])
        return told(Draft(crop, drawing, marks_of(photo["landmarks68"])))
    whole = picture(photo)[0]
    small, scale = frame.fitted(whole, wanted.max_side)
    found = [(_spot(piece), piece["image"]) for piece in row["pieces"]]
    spots = tuple(spot for spot, data in found if data is None)
    pieces = (Piece(spot, portrait.cut(whole, scale, spot), image.decode_own(data)) for spot, data in found if data)
    return told(Draft(small, drawing, spots=spots, pieces=tuple(pieces)))


def picture(row: Row) -> tuple[Image, list[Face]]:
    """A whole photo and its faces, upright; raises OSError or ValueError for a broken file."""
    faces = [
        Face(tuple(face["box"]), face["score"], np.asarray(face["landmarks"], np.float64).reshape(5, 2))
        for face in row["faces"]
    ]
    return portrait.righted(image.decode(row["image"]["bytes"]), faces, row["quarter"])


def marks_of(values: list[float]) -> Points:
    """68 x 2 points, as a manifest holds them."""
    return np.asarray(values, np.float64).reshape(68, 2)


def _piece(spot: Spot, data: bytes | None) -> Row:
    matrix, marks = spot.matrix.ravel().tolist(), spot.marks.ravel().tolist()
    return {"matrix": matrix, "size": spot.size, "marks": marks, "image": data}


def _spot(piece: Row) -> Spot:
    return Spot(np.asarray(piece["matrix"]).reshape(2, 3), piece["size"], marks_of(piece["marks"]))
