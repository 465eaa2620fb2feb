"""The memo of detection: for each ingest shard, every face and how the largest one is turned.

Costly, so measured once: a shard stays until its pictures, the detector or this code changes.
"""

import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from tasks.core import manifest, shards
from tasks.core.errors import nearest, require
from tasks.core.image import Image, decode
from tasks.core.pool import Pool, pool
from tasks.faces import anime, backend, landmarks, pose, registry
from tasks.faces.backend import BACKENDS, Backend, Face, check_licence, open_backend

CASCADE = "lbpcascade_animeface"


@dataclass(frozen=True)
class Settings:
    """The `faces` section of params.yaml: who finds faces, which licences its models may have, how wide a crop is."""

    backend: str = "dlib"
    licence: str = "any"
    margin: float = 1.0  # of the crop around a face: 1 is FFHQ's, 0.8 for pictures that are cut close

    def __post_init__(self) -> None:
        known = list(BACKENDS)
        require(
            self.backend in known, f"params.yaml: faces.backend is {self.backend!r}; {nearest(self.backend, known)}"
        )
        check_licence(self.licence)
        require(0.5 <= self.margin <= 2, f"params.yaml: faces.margin is {self.margin}; use 0.5 to 2")


@cache
def opened(settings: Settings) -> Backend:
    """The backend, loaded once in each process."""
    return open_backend(settings.backend, settings.licence)


def update(ingest: Path, out: Path, settings: Settings) -> None:
    """Bring `out` to one shard of faces per ingest shard."""
    cascade = registry.find(CASCADE)
    models = opened(settings).digests | {CASCADE: shards.file_digest(cascade) if cascade else ""}
    code = (sys.modules[__name__], anime, backend, landmarks, pose)
    output = shards.Output(out, manifest.FACES, code, {"backend": settings.backend, "models": models})
    with pool() as workers:
        shards.update(
            output, shards.inputs_of(ingest), lambda name: faces_of(ingest / f"{name}.parquet", settings, workers)
        )


def faces_of(shard: Path, settings: Settings, workers: Pool) -> pa.Table:
    """The faces of every picture that the shard holds."""
    table = manifest.read(shard, manifest.INGEST, ["id", "role", "image", "reason"])
    usable = [row for row in table.to_pylist() if row["reason"] is None]
    rows = workers.map(Finder(settings), usable)
    return pa.Table.from_pylist(list(rows), schema=manifest.FACES)


@dataclass(frozen=True)
class Finder:
    """Ingest row -> row of faces, as a value that worker processes can be sent."""

    settings: Settings

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        """Faces, the largest first; angles in degrees of the largest one of a photo, else zeros."""
        image = decode(row["image"]["bytes"])
        detector = opened(self.settings)
        photo = row["role"] == "photo"
        found = detector.detect(image) if photo else anime.detect_anime(image, registry.find(CASCADE), detector)
        angles = turned(image, found[0]) if found and photo else [0.0, 0.0, 0.0]
        return {"id": row["id"], "role": row["role"], "faces": [as_row(face) for face in found], "angles": angles}


def turned(image: Image, face: Face) -> list[float]:
    """Yaw, pitch and roll in degrees."""
    return list(pose.angles(landmarks.landmarks68(image, face.box, face.landmarks), image.shape))


def as_row(face: Face) -> dict[str, Any]:
    """A Face as the manifest holds it."""
    return {"box": list(face.box), "score": face.score, "landmarks": np.ravel(face.landmarks).tolist()}
