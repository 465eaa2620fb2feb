"""A tiny collection for training tests: faces of coloured noise, their drawings, the pairs between them."""

from pathlib import Path

import numpy as np

from tasks.core import manifest
from tasks.core.image import Image, encode_png

SPLITS = ("train", "train", "train", "val", "test")
ARC = [1.6, 0.0, 5.0, 0.0, 1.6, 5.0]  # 64-pixel crop to the 112 template


def picture(seed: int, size: int = 64) -> Image:
    coarse = np.random.default_rng(seed).integers(0, 256, (4, 4, 3)).astype(np.uint8)
    return np.repeat(np.repeat(coarse, size // 4, 0), size // 4, 1)


def build(root: Path, faces: int = 5, size: int = 64) -> None:
    """Write data/align, data/teacher and data/pair.parquet below `root`."""
    names = [f"{i:016x}-0" for i in range(faces)]
    align = [
        {
            "face_id": name,
            "id": name[:-2],
            "role": "photo",
            "batch": "tiny",
            "subject": "",
            "image": {"bytes": encode_png(picture(i, size)), "path": f"{name}.png"},
            "size": size,
            "matrix": [1.0, 0.0, 0.0, 0.0, 1.0, 0.0],
            "arc_matrix": ARC,
            "landmarks": [0.0] * 10,
            "landmarks68": [0.0] * 136,
            "embedding": [0.0],
        }
        for i, name in enumerate(names)
    ]
    teacher = [
        {"face_id": name, "image": {"bytes": encode_png(255 - picture(i, size)), "path": ""}, "teacher": "cel"}
        for i, name in enumerate(names)
    ]
    pairs = [
        {
            "pair_id": name,
            "photo": name,
            "anime": None,
            "person": name,
            "method": "teacher",
            "score": 1.0,
            "status": "accepted",
            "split": SPLITS[i % len(SPLITS)],
            "reasons": "",
            "teacher": "cel",
        }
        for i, name in enumerate(names)
    ]
    manifest.write_rows(align, root / "data/align/tiny.parquet", manifest.ALIGN)
    manifest.write_rows(teacher, root / "data/teacher/tiny.parquet", manifest.TEACHER)
    manifest.write_rows(pairs, root / "data/pair.parquet", manifest.PAIR)
