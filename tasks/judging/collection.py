"""Who is judged, and by which drawings: held-out photos, drawings that no training saw, and what labels say of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc

from tasks.core import manifest
from tasks.core.errors import UserError
from tasks.core.splits import kept_back
from tasks.faces.age import UNKNOWN, age_band
from tasks.judging.memo import pictures
from tasks.judging.slices import pose

TRAITS = ("glasses", "gender", "age")  # of the labels; pose comes from the angles


@dataclass(frozen=True)
class Collection:
    """The manifests: aligned faces, the teacher's drawings, pairs and labels."""

    align: Path
    teacher: Path
    pair: Path
    label: Path

    def held_out(self, split: str, most: int) -> dict[str, str]:
        """face_id -> person of up to `most` photos of the split, by id, which is a draw; UserError where none is."""
        pairs = manifest.read(self.pair, manifest.PAIR, ["photo", "person", "split"]).filter(pc.field("split") == split)
        people = dict(zip(pairs["photo"].to_pylist(), pairs["person"].to_pylist(), strict=True))
        if not people:
            raise UserError(f"{self.pair} has no face in the split {split}; raise pair.{split}_share or add people")
        return {face: people[face] for face in sorted(people)[:most]}

    def style_set(self, split: str, most: int, paired: bool) -> list[str]:
        """The drawings that no accepted pair of another split showed to the training, up to `most`, by id.

        A training without pairs has seen all but those that were kept back.
        """
        pairs = manifest.read(self.pair, manifest.PAIR, ["anime", "status", "split"]).to_pylist()
        shown = {row["anime"] for row in pairs if row["status"] == "accepted" and row["split"] != split}
        faces = manifest.read_all(self.align, manifest.ALIGN, ["face_id", "role"])
        drawn = faces.filter(pc.field("role") == "anime")["face_id"].to_pylist()
        return [face for face in sorted(set(drawn) - shown) if paired or kept_back(face)][:most]

    def traits(self, faces: Sequence[str]) -> dict[str, list[str]]:
        """glasses, gender, age band and pose of each face in their order, `unknown` where nobody could tell."""
        columns = ["face_id", "yaw", "pitch", *TRAITS]
        labels = manifest.read(self.label, manifest.LABEL, columns).to_pylist()
        told: Mapping[str, dict[str, Any]] = {row["face_id"]: row for row in labels}
        found = [told.get(face, {}) for face in faces]
        values = {name: [row.get(name) or UNKNOWN for row in found] for name in TRAITS}
        values["age"] = [age_band(age) for age in values["age"]]
        return {**values, "pose": [pose(_angle(row, "yaw"), _angle(row, "pitch")) for row in found]}

    def photos(self, faces: Sequence[str]) -> dict[str, bytes]:
        """The aligned photos of these faces as PNG, by face_id."""
        return pictures(self.align, manifest.ALIGN, faces)

    def targets(self, faces: Sequence[str]) -> dict[str, bytes]:
        """The teacher's drawings of these faces as PNG, by face_id."""
        return pictures(self.teacher, manifest.TEACHER, faces)

    def teachers(self) -> list[str]:
        """Who drew the targets."""
        names = manifest.read_all(self.teacher, manifest.TEACHER, ["teacher"])["teacher"].unique().to_pylist()
        return sorted(name for name in names if name)


def _angle(row: Mapping[str, Any], name: str) -> float:
    value = row.get(name)
    return np.nan if value is None else float(value)
