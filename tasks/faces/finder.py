"""The memo of detection: for each ingest shard every face, how it is turned and covered, and how drawings look.

Costly, so measured once: a shard stays until its pictures, the detector or this code changes.
"""

import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
import pyarrow as pa

from tasks.core import image as codec
from tasks.core import manifest, shards, style
from tasks.core.errors import nearest, require
from tasks.core.image import Image, decode
from tasks.core.pool import Pool, pool
from tasks.faces import (
    anime,
    attribute_nets,
    backend,
    covered,
    geometry,
    landmarks,
    onnx_session,
    pose,
    registry,
    upright,
)
from tasks.faces.attribute_nets import MASK
from tasks.faces.backend import BACKENDS, Backend, Face, check_licence, code_of, open_backend
from tasks.faces.onnx_session import open_session

CASCADE = "lbpcascade_animeface"
CODE = (anime, attribute_nets, backend, codec, covered, geometry, landmarks, onnx_session, pose, style, upright)


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
    cascade, worn = registry.find(CASCADE), registry.find_allowed(MASK, settings.licence)
    models = opened(settings).digests | {CASCADE: shards.file_digest(cascade) if cascade else ""}
    models |= {MASK: registry.model(MASK).digest if worn else ""}
    models |= {landmarks.PREDICTOR: registry.model(landmarks.PREDICTOR).digest}  # whoever detects
    code = (sys.modules[__name__], *CODE, code_of(opened(settings)))
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
        """Faces, the largest first; a photo's with the turn that rights it, a drawing's with its style."""
        image = decode(row["image"]["bytes"])
        found = self.photographed(image) if row["role"] == "photo" else self.drawn(image)
        return {"id": row["id"], "role": row["role"], **found}

    def photographed(self, image: Image) -> dict[str, Any]:
        """The faces of a photo, each with its angles after righting and the share of it that is covered."""
        faces, quarter = upright.detect_upright(image, opened(self.settings))
        session = mask_network(self.settings.licence)
        rows = [as_row(face) | looks(image, face, quarter, session) for face in faces]
        return {"quarter": quarter, "faces": rows, "style": None}

    def drawn(self, image: Image) -> dict[str, Any]:
        """The faces of a drawing: head pose and skin are not measured there. Its style is that of the largest."""
        faces = anime.detect_anime(image, registry.find(CASCADE), opened(self.settings))
        rows = [as_row(face) | {"angles": [0.0, 0.0, 0.0], "covered": 0.0} for face in faces]
        described = style.descriptor(framed(image, faces[0])).tolist() if faces else None
        return {"quarter": 0, "faces": rows, "style": described}


@cache
def mask_network(licence: str) -> ort.InferenceSession | None:
    """The network that knows masks, loaded once in each process; None where it is not at hand or not allowed."""
    path = registry.find_allowed(MASK, licence)
    return open_session(path) if path else None


def looks(image: Image, face: Face, quarter: int, session: ort.InferenceSession | None) -> dict[str, Any]:
    """Yaw, pitch and roll in degrees of the righted face, and 0..1 how much of it is covered."""
    points = landmarks.landmarks68(image, face.box, face.landmarks)
    height, width = image.shape[:2]
    righted = upright.turned_points(points, quarter, width, height)
    shape = (width, height) if quarter % 2 else (height, width)
    hidden = covered.covered(image, face.landmarks, points)
    if session and covered.masked(session, image, face.landmarks):
        hidden = max(hidden, covered.BEHIND_MASK)
    return {"angles": list(pose.angles(righted, shape)), "covered": hidden}


def framed(image: Image, face: Face) -> Image:
    """The crop whose style is described, whatever the collection's margin."""
    return geometry.warp(image, geometry.crop_matrix(face.landmarks, style.SIDE), style.SIDE)


def as_row(face: Face) -> dict[str, Any]:
    """A Face as the manifest holds it."""
    return {"box": list(face.box), "score": face.score, "landmarks": np.ravel(face.landmarks).tolist()}
