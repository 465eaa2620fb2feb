"""Cut every chosen face out in one geometry, with its matrices, its landmarks and its embedding.

The crop is a quad from eyes and mouth that keeps hair and chin; the embedding has a 112-pixel crop of its own. With
`match_histogram` drawings get the palette of their set. Its mean moves when drawings come or go, and then the shards
of drawings are made anew; those of photos stay.
"""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks.core import image, manifest, params, shards
from tasks.core.errors import require
from tasks.core.image import Image
from tasks.core.pool import Pool, pool
from tasks.core.stage import log, start
from tasks.faces import finder, geometry, histogram, landmarks, onnx_session, registry
from tasks.faces.backend import code_of
from tasks.faces.finder import Settings
from tasks.faces.geometry import Points
from tasks.faces.histogram import Cumulative

INGEST, FACES, QUALITY = Path("data/ingest"), Path("data/faces"), Path("data/quality.parquet")
OUT, REPORT = Path("data/align"), Path("reports/align.json")
COLUMNS = ["id", "role", "batch", "subject", "image", "reason"]
CODE = (geometry, histogram, landmarks, image, onnx_session)
PALETTE = 200  # drawings whose mean histogram is the reference

Chosen = dict[tuple[str, str, str], list[int]]  # numbers of the faces that go on, by id, batch and role
Row = dict[str, Any]


@dataclass(frozen=True)
class Params:
    """The `align` section of params.yaml."""

    size: int = 256  # pixels of the crop's side
    match_histogram: bool = False  # bring drawings to the mean palette of the set

    def __post_init__(self) -> None:
        require(self.size in range(64, 2049, 4), f"align.size is {self.size}; use a multiple of 4 from 64 to 2048")


def main() -> None:
    """data/ingest, data/faces, data/quality.parquet -> data/align."""
    given, faces = params.load("align", Params), params.load("faces", Settings)
    quality = manifest.read(QUALITY, manifest.QUALITY, ["id", "role", "batch", "keep", "chosen"])
    kept = quality.filter(pc.field("keep"))
    chosen = claims({key_of(row): row["chosen"] for row in kept.to_pylist()})
    aligner = Aligner(given.size, faces)
    if given.match_histogram:
        aligner = replace(aligner, palette=palette(sampled(kept), aligner))
    encoder = finder.opened(faces).encoder
    models = {encoder.name: encoder.digest, landmarks.PREDICTOR: registry.model(landmarks.PREDICTOR).digest}
    code = (sys.modules[__name__], *CODE, code_of(encoder))
    output = shards.Output(OUT, manifest.ALIGN, code, {"align": given, "faces": faces, "models": models})
    with pool() as workers:
        bases = bases_of(chosen, aligner)
        inputs = {name: shards.digest(basis, repr(chosen[name])) for name, basis in bases.items()}
        known = partial(shards.known, output)
        shards.update(output, inputs, lambda name: aligned(pictures(name, chosen[name]), known(name, bases[name]),
                                                           aligner, workers), bases)  # fmt: skip
    total = manifest.read_all(OUT, manifest.ALIGN, ["role"])
    counts = manifest.tally([None] * len(total))
    manifest.write_json(REPORT, counts | {"shards": len(manifest.shards(OUT))})
    log.info("align: %s", counts)


def claims(chosen: Chosen) -> dict[str, Chosen]:
    """What is chosen of each ingest shard; a file that two shards of a batch hold is that of the first one."""
    left, found = dict(chosen), {}
    for shard in manifest.shards(INGEST):
        rows = manifest.read(shard, manifest.INGEST, ["id", "batch", "role", "reason"]).to_pylist()
        keys = [key_of(row) for row in rows if row["reason"] is None]
        found[shard.stem] = {key: left.pop(key) for key in keys if key in left}
    return found


def key_of(row: Row) -> tuple[str, str, str]:
    """What tells a picture from all others that are kept."""
    return row["id"], row["batch"], row["role"]


def bases_of(chosen: dict[str, Chosen], align: "Aligner") -> dict[str, str]:
    """Each ingest shard's digest together with that of its faces and, for drawings, the palette."""
    found = {}
    for name, some in chosen.items():
        drawn = any(role == "anime" for _, _, role in some)
        files = [shards.file_digest(folder / f"{name}.parquet") for folder in (INGEST, FACES)]
        found[name] = shards.digest(*files, align.ink if drawn else b"")
    return found


def aligned(wanted: Iterable[Row], known: list[Row], align: "Aligner", workers: Pool) -> pa.Table:
    """The faces of these pictures in their order; a picture is decoded once, or never when its faces are known."""
    found = {row["face_id"]: row for row in known}
    rows = list(wanted)
    left = [row for row in rows if any(face_id(row, number) not in found for number in row["faces"])]
    found |= {face["face_id"]: face for faces in workers.map(align, left) for face in faces}
    return manifest.table([found[face_id(row, number)] for row in rows for number in row["faces"]], manifest.ALIGN)


def face_id(row: Row, number: int) -> str:
    """What a face is called from here on."""
    return f"{row['id']}-{number}"


def pictures(name: str, chosen: Chosen) -> Iterator[Row]:
    """The pictures of one ingest shard that have chosen faces, with these faces as {number: face}."""
    seen = manifest.read(FACES / f"{name}.parquet", manifest.FACES, ["id", "faces"]).to_pylist()
    faces = {row["id"]: row["faces"] for row in seen}
    for row in manifest.read(INGEST / f"{name}.parquet", manifest.INGEST, COLUMNS).to_pylist():
        numbers = chosen.get(key_of(row), [])
        if row["reason"] is None and numbers:
            yield row | {"faces": {number: faces[row["id"]][number] for number in numbers}}


def sampled(kept: pa.Table) -> Chosen:
    """The drawings that tell the palette: those of the smallest ids, which are digests and so a draw."""
    drawings = kept.filter(pc.field("role") == "anime").sort_by([("id", "ascending"), ("batch", "ascending")])
    return {key_of(row): row["chosen"][:1] for row in drawings.slice(0, PALETTE).to_pylist()}


def palette(drawings: Chosen, align: "Aligner") -> Cumulative | None:
    """The mean histogram of the crops of these drawings; None without drawings."""
    shown = (row for name, some in claims(drawings).items() if some for row in pictures(name, some))
    return histogram.mean(crop for row in shown for crop in align.crops(row))


@dataclass(frozen=True, eq=False)
class Aligner:
    """A picture with its faces -> the aligned faces, as a value that worker processes can be sent."""

    size: int
    faces: Settings
    palette: Cumulative | None = None

    @property
    def ink(self) -> bytes:
        """The palette's bytes, for keys."""
        return b"" if self.palette is None else self.palette.tobytes()

    def __call__(self, row: Row) -> list[Row]:
        """The manifest's rows."""
        picture = image.decode(row["image"]["bytes"])
        return [self.aligned(row, picture, number, face) for number, face in row["faces"].items()]

    def aligned(self, row: Row, picture: Image, number: int, face: Row) -> Row:
        """One face of the picture."""
        points = five(face)
        matrix = geometry.crop_matrix(points, self.size, self.faces.margin)
        dense = geometry.transform(matrix, landmarks.landmarks68(picture, tuple(face["box"]), points))
        crop = geometry.warp(picture, matrix, self.size)
        if self.palette is not None and row["role"] == "anime":
            crop = histogram.matched(crop, self.palette)
        return {
            "face_id": face_id(row, number),
            **{key: row[key] for key in ("id", "role", "batch", "subject")},
            "image": {"bytes": image.encode_png(crop), "path": None},
            "size": self.size,
            "matrix": matrix.ravel().tolist(),
            "arc_matrix": geometry.arc_matrix(points).ravel().tolist(),
            "landmarks": geometry.transform(matrix, points).ravel().tolist(),
            "landmarks68": dense.ravel().tolist(),
            "embedding": finder.opened(self.faces).encoder.embed(picture, points).tolist(),
            **dict(zip(("yaw", "pitch", "roll"), face["angles"], strict=True)),
        }

    def crops(self, row: Row) -> Iterator[Image]:
        """The crops alone, as the picture has them."""
        picture = image.decode(row["image"]["bytes"])
        for face in row["faces"].values():
            matrix = geometry.crop_matrix(five(face), self.size, self.faces.margin)
            yield geometry.warp(picture, matrix, self.size)


def five(face: Row) -> Points:
    """The 5 landmarks of a face as the manifest holds it."""
    return np.asarray(face["landmarks"], np.float64).reshape(5, 2)


if __name__ == "__main__":
    start(main)
