"""A small data/align: drawn faces with landmarks in their places, for tests of labels and their corrections."""

from pathlib import Path
from typing import Any

import numpy as np

from tasks.core import image, manifest
from tasks.faces.geometry import crop_matrix, transform
from tasks.faces.landmarks import five
from tests.scores.faces68 import plain_face

SIDE = 64


def aligned(number: int, role: str = "photo", face: int = 0) -> dict[str, Any]:
    """A row of ALIGN: a plain face of one colour, which follows from its number."""
    shade = (180 + number % 50, 150, 120)
    crop = np.full((SIDE, SIDE, 3), shade, np.uint8)
    dense = transform(crop_matrix(five(plain_face()), SIDE), plain_face())
    row: dict[str, Any] = dict.fromkeys(manifest.ALIGN.names)
    return row | {
        "face_id": f"{number:016x}-{face}",
        "id": f"{number:016x}",
        "role": role,
        "batch": "b",
        "image": {"bytes": image.encode_png(crop), "path": None},
        "size": SIDE,
        "landmarks": five(dense).ravel().tolist(),
        "landmarks68": dense.ravel().tolist(),
        "yaw": 1.0,
        "pitch": 2.0,
        "roll": 3.0,
    }


def shard(folder: Path, name: str, rows: list[dict[str, Any]]) -> None:
    """One aligned shard, and the ingest shard of the same pictures, named p<number>.png."""
    manifest.write_rows(rows, folder / f"data/align/{name}.parquet", manifest.ALIGN)
    empty: dict[str, Any] = dict.fromkeys(manifest.INGEST.names)
    seen = [empty | {"id": row["id"], "role": row["role"], "name": f"p{int(row['id'], 16)}.png"} for row in rows]
    manifest.write_rows(seen, folder / f"data/ingest/{name}.parquet", manifest.INGEST)


def say(folder: Path, *lines: str) -> Path:
    """data/sources/labels.csv with these lines."""
    path = folder / "data/sources/labels.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in ("image,attribute,value", *lines)))
    return path
