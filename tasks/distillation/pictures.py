"""The faces that a distillation learns from, found in folders of photos."""

from functools import cache
from pathlib import Path

import numpy as np

from tasks.core.errors import UserError
from tasks.core.image import decode
from tasks.core.stage import log
from tasks.distillation.morphs import AlignedFace, morph, to_canvas
from tasks.faces.backend import Backend, open_backend
from tasks.faces.landmarks import landmarks68

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}


@cache
def teacher() -> Backend:
    """Dlib's detector and encoder, loaded once in each process."""
    return open_backend("dlib")


def photos_in(folders: list[Path]) -> list[Path]:
    """All picture files below the folders, in order."""
    found = sorted(p for f in folders for p in f.rglob("*") if p.suffix.lower() in SUFFIXES)
    if not found:
        raise UserError(f"no pictures below {', '.join(map(str, folders))}; give --photos folders of photos")
    return found


def find_faces(path: Path) -> list[AlignedFace]:
    """The faces of a photo, the largest first, on the canvas; an unreadable file has none."""
    try:
        image = decode(path.read_bytes())
    except (OSError, ValueError):
        log.warning("distillation: %s is no readable picture; left out", path.name)
        return []
    return [to_canvas(image, landmarks68(image, face.box)) for face in teacher().detect(image)]


def morphs_of(faces: list[AlignedFace], count: int, seed: int) -> list[AlignedFace]:
    """`count` morphs between random faces: shapes a little beyond both, textures between, each its own person."""
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        i, j = rng.choice(len(faces), 2, replace=False)
        made.append(morph(faces[i], faces[j], rng.uniform(-0.4, 1.4), rng.uniform(0.0, 1.0)))
    return made
