"""Cut every kept face out in one geometry, with its matrices, its landmarks and its embedding.

The crop is a quad from eyes and mouth that keeps hair and chin; the embedding has a 112-pixel crop of its own.
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks.core import image, manifest, params, shards
from tasks.core.errors import require
from tasks.core.pool import Pool, pool
from tasks.core.stage import log, start
from tasks.faces import finder, geometry, landmarks
from tasks.faces.finder import Settings

INGEST, QUALITY = Path("data/ingest"), Path("data/quality.parquet")
OUT, REPORT = Path("data/align"), Path("reports/align.json")


@dataclass(frozen=True)
class Params:
    """The `align` section of params.yaml."""

    size: int = 256  # pixels of the crop's side

    def __post_init__(self) -> None:
        require(self.size in range(64, 2049, 4), f"align.size is {self.size}; use a multiple of 4 from 64 to 2048")


def main() -> None:
    """data/ingest, data/quality.parquet -> data/align."""
    given, faces = params.load("align", Params), params.load("faces", Settings)
    quality = manifest.read(QUALITY, manifest.QUALITY, ["id", "batch", "keep", "box", "landmarks"])
    kept = {(row["id"], row["batch"]): row for row in quality.filter(pc.field("keep")).to_pylist()}
    encoder = finder.opened(faces).encoder
    settings = {"align": given, "faces": faces, "encoder": [encoder.name, encoder.digest]}
    code = (sys.modules[__name__], geometry, landmarks, image)
    output = shards.Output(OUT, manifest.ALIGN, code, settings)
    with pool() as workers:
        shards.update(output, stamps(kept), lambda name: aligned(name, kept, Aligner(given.size, faces), workers))
    total = manifest.read_all(OUT, manifest.ALIGN, ["role"])
    counts = manifest.tally([None] * len(total))
    manifest.write_json(REPORT, counts | {"shards": len(manifest.shards(OUT))})
    log.info("align: %s", counts)


def stamps(kept: dict[tuple[str, str], dict[str, Any]]) -> dict[str, str]:
    """Each ingest shard's digest together with the faces that were kept of it."""
    found = {}
    for shard in manifest.shards(INGEST):
        rows = manifest.read(shard, manifest.INGEST, ["id", "batch"]).to_pylist()
        chosen = [repr(kept.get((row["id"], row["batch"]))) for row in rows]
        found[shard.stem] = shards.digest(shards.file_digest(shard), *chosen)
    return found


def aligned(name: str, kept: dict[tuple[str, str], dict[str, Any]], align: "Aligner", workers: Pool) -> pa.Table:
    """The faces of one ingest shard."""
    table = manifest.read(
        INGEST / f"{name}.parquet", manifest.INGEST, ["id", "role", "batch", "subject", "image", "reason"]
    )
    rows = [row for row in table.to_pylist() if row["reason"] is None and (row["id"], row["batch"]) in kept]
    faces = [row | kept[row["id"], row["batch"]] for row in rows]
    return pa.Table.from_pylist(list(workers.map(align, faces)), schema=manifest.ALIGN)


@dataclass(frozen=True)
class Aligner:
    """A picture with its face -> the aligned face, as a value that worker processes can be sent."""

    size: int
    faces: Settings

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        """The manifest's row."""
        picture = image.decode(row["image"]["bytes"])
        points = np.asarray(row["landmarks"], np.float64).reshape(5, 2)
        matrix = geometry.crop_matrix(points, self.size, self.faces.margin)
        dense = geometry.transform(matrix, landmarks.landmarks68(picture, tuple(row["box"]), points))
        crop = image.encode_png(geometry.warp(picture, matrix, self.size))
        return {
            "face_id": f"{row['id']}-0",
            **{key: row[key] for key in ("id", "role", "batch", "subject")},
            "image": {"bytes": crop, "path": None},
            "size": self.size,
            "matrix": matrix.ravel().tolist(),
            "arc_matrix": geometry.arc_matrix(points).ravel().tolist(),
            "landmarks": geometry.transform(matrix, points).ravel().tolist(),
            "landmarks68": dense.ravel().tolist(),
            "embedding": finder.opened(self.faces).encoder.embed(picture, points).tolist(),
        }


if __name__ == "__main__":
    start(main)
