"""The memo of labels: for each shard of aligned faces, what rules and networks tell of every one of them.

Costly, so measured once: a shard stays until its faces, the networks or this code changes. What people say is no part
of it.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from tasks.core import facewise, image, manifest, shards
from tasks.core.pool import pool
from tasks.faces import attribute_nets, geometry, glasses, hair, landmarks, onnx_session, pose, skin
from tasks.faces.attribute_nets import Models, open_models
from tasks.labelling import attributes, colours, drawing_style
from tasks.labelling.attributes import UNKNOWN, Attribute

COLUMNS = ["face_id", "role", "image", "landmarks", "landmarks68", "yaw", "pitch", "roll"]
CODE = (
    attribute_nets,
    attributes,
    colours,
    drawing_style,
    geometry,
    glasses,
    hair,
    image,
    landmarks,
    onnx_session,
    pose,
    skin,
)


def update(align: Path, out: Path, wanted: Sequence[str], licence: str) -> int:
    """Bring `out` to one shard of labels per aligned shard; returns how many had to be made."""
    settings = {"attributes": sorted(wanted), "models": dict(models(licence).digests)}
    output = shards.Output(out, manifest.LABEL, (sys.modules[__name__], *CODE), settings)
    label = Labeller(frozenset(wanted), licence)
    with pool() as workers:
        return facewise.update(output, align, faces_of, label, workers)


def faces_of(shard: Path) -> list[dict[str, Any]]:
    """Every face that the shard holds."""
    rows: list[dict[str, Any]] = manifest.read(shard, manifest.ALIGN, COLUMNS).to_pylist()
    return rows


@cache
def models(licence: str) -> Models:
    """The attribute networks at hand, loaded once in each process."""
    return open_models(licence)


@dataclass(frozen=True)
class Labeller:
    """Aligned face -> its labels, as a value that worker processes can be sent."""

    wanted: frozenset[str]  # attributes; the rest stays unknown
    licence: str

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        """The manifest's row. Of a drawing neither pose nor landmarks are known."""
        crop = image.decode_own(row["image"]["bytes"])
        points = np.asarray(row["landmarks"], np.float64).reshape(5, 2)
        dense = np.asarray(row["landmarks68"], np.float64).reshape(68, 2)
        shared = {"face_id": row["face_id"], "role": row["role"], "colours": colours.colours(crop)}
        if row["role"] == "photo":
            told = attributes.of_photo(crop, points, dense, models(self.licence))
            shared |= {name: row[name] for name in ("yaw", "pitch", "roll")}
            shared |= {"eyes_open": pose.eyes_open(dense), "mouth_open": pose.mouth_open(dense)}
        else:
            told = attributes.of_drawing(crop, points)
        return dict.fromkeys(manifest.LABEL.names) | shared | columns(told, self.wanted)


def columns(told: dict[str, Attribute], wanted: frozenset[str]) -> dict[str, Any]:
    """Value, score and origin of each attribute under the manifest's names."""
    flat: dict[str, Any] = {}
    for name, found in told.items():
        value, score, origin = found if name in wanted else UNKNOWN
        flat |= {name: value, f"{name}_score": score, f"{name}_origin": origin}
    return flat
