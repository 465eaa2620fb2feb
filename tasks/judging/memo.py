"""What was measured, kept: a folder for the photos, one for each model by its digest, one for each pair of models.

A model that was judged before is not drawn with again, and new faces cost what they cost: a release's scores are those
that it had as the newcomer, as long as the instruments are the same.
"""

import shutil
import sys
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tasks.core import facewise, image, manifest, shards, style
from tasks.core.pool import Pool
from tasks.core.shards import Output
from tasks.faces import finder, geometry, landmarks, registry, skin
from tasks.faces.backend import code_of
from tasks.judging import judge, natural
from tasks.judging.judge import Instruments, Row
from tasks.judging.models import Model
from tasks.scores import (
    chroma,
    ciede2000,
    face_quality,
    features,
    gmsd,
    kept,
    ms_ssim,
    niqe,
    nme,
    psnr,
    reference,
    sizes,
    ssim,
    symmetry,
)  # fmt: skip
from tasks.styles import stylizer

CODE: tuple[ModuleType, ...] = (
    sys.modules[__name__], judge, natural, chroma, ciede2000, face_quality, features, geometry, gmsd, image, kept,
    landmarks, ms_ssim, niqe, nme, psnr, reference, sizes, skin, ssim, style, stylizer, symmetry,
)  # fmt: skip
FACE = ["face_id", "image", "landmarks", "landmarks68"]


@dataclass(frozen=True)
class Memo:
    """The folders: aligned faces, the teacher's drawings of them, and `out`, where measures are kept."""

    align: Path
    teacher: Path
    out: Path
    tools: Instruments
    faces: frozenset[str]  # of held-out photos: face ids
    workers: Pool

    def photos(self) -> pa.Table:
        """A row of JUDGED_PHOTO per held-out face, in order of face_id."""
        output = self._output("photos", manifest.JUDGED_PHOTO)
        inputs, bases = self._sources(self.faces, [self.align, self.teacher])
        facewise.update_from(output, inputs, bases, self._photos_of, judge.JudgePhoto(self.tools), self.workers)
        return self._all(output)

    def drawings(self, model: Model) -> pa.Table:
        """A row of JUDGED_DRAWING, without its picture, per held-out face, in order of face_id."""
        output = self._output(model.place, manifest.JUDGED_DRAWING, {"model": model.digest})
        return self._drawn(output, judge.JudgeDrawing(self.tools, model.path))

    def targets(self) -> pa.Table:
        """The same of the teacher's own drawings; every held-out face must have one."""
        return self._drawn(self._output("targets", manifest.JUDGED_DRAWING), judge.JudgeTarget(self.tools))

    def between(self, before: Model, after: Model) -> pa.Table:
        """A row of LIKENESS per held-out face: what `after` draws differently than `before`; in order of face_id."""
        output = self._output(f"{before.place}-{after.place}", manifest.LIKENESS)
        folders = [self.out / before.place, self.out / after.place]
        inputs, bases = self._sources(self.faces, folders)
        make = judge.Compare(self.tools)
        facewise.update_from(output, inputs, bases, lambda name: both(name, *folders), make, self.workers)
        return self._all(output)

    def style(self, drawings: Collection[str]) -> pa.Table:
        """A row of JUDGED_STYLE per drawing of the style set, by face_id."""
        output = self._output("style", manifest.JUDGED_STYLE)
        wanted = frozenset(drawings)
        inputs, bases = self._sources(wanted, [self.align])

        def load(name: str) -> list[Row]:
            return chosen(self.align / f"{name}.parquet", manifest.ALIGN, FACE, wanted)

        facewise.update_from(output, inputs, bases, load, judge.JudgeStyle(self.tools), self.workers)
        return self._all(output)

    def pictures(self, place: str, faces: Collection[str]) -> dict[str, bytes]:
        """The drawings of these faces that are kept at a model's place, as PNG by face_id."""
        rows = (row for shard in manifest.shards(self.out / place)
                for row in chosen(shard, manifest.JUDGED_DRAWING, ["face_id", "image"], faces))  # fmt: skip
        return {row["face_id"]: row["image"]["bytes"] for row in rows}

    def prune(self, models: Iterable[Model]) -> None:
        """Delete what was kept of models that are compared no more."""
        places = [model.place for model in models]
        held = {"photos", "targets", "style", *places, *(f"{a}-{b}" for a in places for b in places)}
        for folder in self.out.iterdir():
            if folder.is_dir() and folder.name not in held:
                shutil.rmtree(folder)

    def _output(self, place: str, schema: pa.Schema, more: Mapping[str, Any] = {}) -> Output:
        settings = {"tools": self.tools, "models": self._models, **more}
        return Output(self.out / place, schema, (*CODE, code_of(finder.opened(self.tools.faces))), settings)

    @cached_property
    def _models(self) -> dict[str, str]:
        """The digest of every network that measures and is at hand."""
        licence = self.tools.faces.licence
        encoders = [judge.encoder(name, licence) for name in (self.tools.encoder, self.tools.second) if name]
        optional = (name for name in (face_quality.NAME, *judge.LPIPS) if registry.find_allowed(name, licence))
        return {
            **finder.opened(self.tools.faces).digests,
            **{encoder.name: encoder.digest for encoder in encoders},
            **{name: registry.model(name).digest for name in (landmarks.PREDICTOR, *optional)},
            "features": judge.net(self.tools.net).digest,
        }

    def _sources(self, wanted: frozenset[str], folders: list[Path]) -> tuple[dict[str, str], dict[str, str]]:
        """Inputs and bases of the shards that hold wanted faces; shards of one name in every folder go together."""
        inputs, bases = {}, {}
        for name, faces in self._by_shard(wanted).items():
            files = [file for folder in folders if (file := folder / f"{name}.parquet").is_file()]
            inputs[name] = shards.digest(*map(shards.file_digest, files), *faces)
            bases[name] = shards.digest(*map(shards.basis_of, files))
        return inputs, bases

    def _by_shard(self, wanted: frozenset[str]) -> dict[str, list[str]]:
        """The wanted faces of each shard of aligned faces; shards without are left out."""
        found = {}
        for shard in manifest.shards(self.align):
            ids = manifest.read(shard, manifest.ALIGN, ["face_id"])["face_id"].to_pylist()
            if faces := sorted(wanted.intersection(ids)):
                found[shard.stem] = faces
        return found

    def _drawn(self, output: Output, make: Callable[[Row], Row]) -> pa.Table:
        inputs, bases = self._sources(self.faces, [self.align, self.teacher, self.out / "photos"])
        facewise.update_from(output, inputs, bases, self._judged_photos_of, make, self.workers)
        return self._all(output)

    def _photos_of(self, name: str) -> list[Row]:
        rows = chosen(self.align / f"{name}.parquet", manifest.ALIGN, FACE, self.faces)
        drawn = chosen(self.teacher / f"{name}.parquet", manifest.TEACHER, ["face_id", "image"], self.faces)
        targets = {row["face_id"]: row["image"]["bytes"] for row in drawn}
        return [row | {"target": targets.get(row["face_id"])} for row in rows]

    def _judged_photos_of(self, name: str) -> list[Row]:
        columns = ["face_id", "box", "marks"]
        seen = chosen(self.out / "photos" / f"{name}.parquet", manifest.JUDGED_PHOTO, columns, self.faces)
        measured = {row["face_id"]: row for row in seen}
        return [row | measured[row["face_id"]] for row in self._photos_of(name)]

    def _all(self, output: Output) -> pa.Table:
        columns = [name for name in output.schema.names if name != "image"]
        return manifest.read_all(output.folder, output.schema, columns).sort_by("face_id")


def chosen(shard: Path, schema: pa.Schema, columns: list[str], faces: Collection[str]) -> list[Row]:
    """The rows of these faces; none where there is no such shard."""
    if not shard.is_file():
        return []
    table = manifest.read(shard, schema, columns)
    rows: list[Row] = table.filter(pc.is_in(table["face_id"], pa.array(sorted(faces), pa.string()))).to_pylist()
    return rows


def both(name: str, before: Path, after: Path) -> list[Row]:
    """The drawings of two models of the same faces, as `before` and `after`."""
    first, second = (
        {row["face_id"]: row["image"]["bytes"] for row in rows}
        for rows in (
            manifest.read(folder / f"{name}.parquet", manifest.JUDGED_DRAWING, ["face_id", "image"]).to_pylist()
            for folder in (before, after)
        )
    )
    return [{"face_id": face, "before": first[face], "after": second[face]} for face in first]
