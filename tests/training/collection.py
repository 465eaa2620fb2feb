"""A tiny collection for training tests: faces of coloured noise, their drawings, the pairs between them."""

from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tasks.core import manifest
from tasks.core.image import Image, encode_png
from tasks.faces.geometry import Points

SPLITS = ("train", "train", "train", "val", "test")
ARC = [1.6, 0.0, 5.0, 0.0, 1.6, 5.0]  # 64-pixel crop to the 112 template
HAIR = ("black", "brown", "blonde", "red", "unknown")
AGES = ("24", "31", "unknown")
SIZE = 128  # px, of a portrait
HAIR_COLOUR, SKIN_COLOUR, BEHIND = (150, 110, 60), (225, 180, 160), (120, 160, 210)


def picture(seed: int, size: int = 64) -> Image:
    coarse = np.random.default_rng(seed).integers(0, 256, (4, 4, 3)).astype(np.uint8)
    return np.repeat(np.repeat(coarse, size // 4, 0), size // 4, 1)


def landmarks(size: int = 64) -> Points:
    """A frontal face's 68 landmarks in the order of 300-W, in a crop of size x size."""
    turn = np.pi * np.arange(17) / 16
    jaw = np.stack([-np.cos(turn), -0.25 + 1.5 * np.sin(turn)], 1)
    brow = np.stack([np.linspace(-0.85, -0.25, 5), [-0.75, -0.85, -0.88, -0.85, -0.78]], 1)
    bridge = np.stack([np.zeros(4), np.linspace(-0.45, 0.1, 4)], 1)
    nostrils = np.stack([np.linspace(-0.25, 0.25, 5), [0.22, 0.27, 0.3, 0.27, 0.22]], 1)
    eye = np.array([[-0.7, -0.45], [-0.6, -0.53], [-0.4, -0.53], [-0.3, -0.45], [-0.4, -0.4], [-0.6, -0.4]])
    lips = [_ellipse(12, 0.42, 0.15), _ellipse(8, 0.3, 0.06)]
    other_eye = (eye * [-1, 1])[[3, 2, 1, 0, 5, 4]]
    face = np.concatenate([jaw, brow, (brow * [-1, 1])[::-1], bridge, nostrils, eye, other_eye, *lips])
    return np.asarray(face * size / 4 + size / 2)


@cache
def portrait(hair: tuple[int, int, int] = HAIR_COLOUR) -> Image:
    """A face in front of a wall, with hair around it."""
    image = np.full((SIZE, SIZE, 3), BEHIND, np.uint8)
    cv2.ellipse(image, (64, 58), (46, 56), 0, 0, 360, hair, -1)
    jaw = landmarks(SIZE)[:17]
    cv2.ellipse(image, (64, 60), (int(64 - jaw[0, 0]), 46), 0, 0, 360, SKIN_COLOUR, -1)
    grain = np.random.default_rng(1).normal(0, 2, image.shape)
    return np.asarray((image + grain).clip(0, 255), np.uint8)


def strands(hair: tuple[int, int, int] = HAIR_COLOUR) -> NDArray[np.bool_]:
    """Where the portrait's hair is."""
    return np.asarray(np.abs(portrait(hair).astype(int) - hair).max(axis=2) < 12)


def lab(colours: Image) -> NDArray[np.float32]:
    """The mean L*, a*, b* of n colours (n x 3)."""
    return np.asarray(cv2.cvtColor(colours.astype(np.float32)[None] / 255, cv2.COLOR_RGB2LAB)[0].mean(axis=0))


def build(root: Path, faces: int = 5, size: int = 64, drawings: int = 0) -> None:
    """Write data/align, data/teacher, data/pair.parquet and data/label.parquet below `root`."""
    names = [f"{i:016x}-0" for i in range(faces)]
    drawn = [f"a{i:015x}-0" for i in range(drawings)]
    teacher = [
        {"face_id": name, "image": {"bytes": encode_png(255 - picture(i, size)), "path": ""}, "teacher": "cel"}
        for i, name in enumerate(names)
    ]
    pairs = [pair(name, SPLITS[i % len(SPLITS)]) for i, name in enumerate(names)]
    align = [face(name, i, size, "photo") for i, name in enumerate(names)]
    anime = [face(name, 1000 + i, size, "anime") for i, name in enumerate(drawn)]
    data = root / "data"
    manifest.write_rows(align, data / "align/tiny.parquet", manifest.ALIGN)
    if anime:
        manifest.write_rows(anime, data / "align/drawn.parquet", manifest.ALIGN)
    manifest.write_rows(teacher, data / "teacher/tiny.parquet", manifest.TEACHER)
    manifest.write_rows(pairs, data / "pair.parquet", manifest.PAIR)
    labels = [label(name, i, "photo") for i, name in enumerate(names)]
    labels += [label(name, i, "anime") for i, name in enumerate(drawn)]
    manifest.write_rows(labels, data / "label.parquet", manifest.LABEL)


def face(name: str, seed: int, size: int, role: str) -> dict[str, Any]:
    """A row of data/align."""
    return {
        "face_id": name,
        "id": name[:-2],
        "role": role,
        "batch": "tiny",
        "subject": "",
        "image": {"bytes": encode_png(picture(seed, size)), "path": f"{name}.png"},
        "size": size,
        "matrix": [1.0, 0.0, 0.0, 0.0, 1.0, 0.0],
        "arc_matrix": ARC,
        "landmarks": [0.0] * 10,
        "landmarks68": landmarks(size).ravel().tolist(),
        "embedding": [0.0],
    }


def pair(name: str, split: str) -> dict[str, Any]:
    """A row of data/pair.parquet: a photo and its teacher's picture."""
    return {
        "pair_id": name,
        "photo": name,
        "anime": None,
        "person": name,
        "method": "teacher",
        "score": 1.0,
        "status": "accepted",
        "split": split,
        "reasons": "",
        "teacher": "cel",
    }


def label(name: str, number: int, role: str) -> dict[str, Any]:
    """A row of data/label.parquet."""
    words = {"hair": HAIR[number % len(HAIR)], "age": AGES[number % len(AGES)], "style": "unknown"}
    if role == "anime":
        words |= {"age": "unknown", "style": "cel"}
    return {"face_id": name, "role": role, **words}


def _ellipse(count: int, wide: float, high: float) -> Points:
    turn = 2 * np.pi * np.arange(count) / count
    return np.stack([-wide * np.cos(turn), 0.75 - high * np.sin(turn)], 1)
