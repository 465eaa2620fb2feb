"""What was drawn and measured, kept: of the photos, of each model by its digest, of each pair of models.

A model that the last run compared is not drawn with again, new faces cost what they cost, and other instruments measure
what is drawn already: a release's scores are those that it had as the newcomer. Only models that are compared are kept.
"""

import shutil
import sys
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType

import pyarrow as pa
import pyarrow.compute as pc

from tasks.core import facewise, image, manifest, shards, style
from tasks.core.pool import Pool
from tasks.core.shards import Output
from tasks.deploy import runtimes
from tasks.faces import finder, geometry, landmarks, onnx_session, registry, skin
from tasks.faces.backend import Encoder, code_of
from tasks.judging import drawing, judge, natural
from tasks.judging.drawing import Draw
from tasks.judging.judge import Compare, Instruments, JudgeDrawing, JudgePhoto, JudgeStyle, Row
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

DRAWING = (drawing, image, runtimes, stylizer)
JUDGING: tuple[ModuleType, ...] = (
    judge, natural, chroma, ciede2000, face_quality, features, geometry, gmsd, image, kept, landmarks, ms_ssim, niqe,
    nme, onnx_session, psnr, reference, sizes, skin, ssim, style, symmetry,
)  # fmt: skip
FACE = ["face_id", "image", "landmarks", "landmarks68"]


@dataclass(frozen=True)
class Memo:
    """The folders: aligned faces, the teacher's drawings of them, and `out`, where everything is kept."""

    align: Path
    teacher: Path
    out: Path
    tools: Instruments
    faces: frozenset[str]  # of held-out photos: face ids
    workers: Pool

    def photos(self) -> pa.Table:
        """A row of JUDGED_PHOTO per held-out face, in order of face_id."""
        made = self._judged("photos", manifest.JUDGED_PHOTO)
        self._update(made, self.faces, [self.align, self.teacher], self._photos_of, JudgePhoto(self.tools))
        return self._all(made)

    def drawings(self, model: Model) -> pa.Table:
        """A row of JUDGED_DRAWING per held-out face, drawn by the model, in order of face_id."""
        told = {"model": model.digest}
        drawn = Output(self.drawn(model), manifest.JUDGED_PICTURE, (sys.modules[__name__], *DRAWING), told)
        load = self._faces_of(self.faces)
        self._update(drawn, self.faces, [self.align], load, Draw(model.path))
        return self.scored(model.place, drawn.folder, manifest.JUDGED_PICTURE)

    def between(self, before: Model, after: Model) -> pa.Table:
        """A row of LIKENESS per held-out face: what `after` draws differently than `before`; in order of face_id."""
        folders = [self.drawn(before), self.drawn(after)]
        made = self._judged(f"between/{before.place}-{after.place}", manifest.LIKENESS)
        self._update(made, self.faces, folders, lambda name: both(name, *folders), Compare(self.tools))
        return self._all(made)

    def style(self, drawings: Collection[str]) -> pa.Table:
        """A row of JUDGED_STYLE per drawing of the style set, by face_id."""
        made, wanted = self._judged("style", manifest.JUDGED_STYLE), frozenset(drawings)
        self._update(made, wanted, [self.align], self._faces_of(wanted), JudgeStyle(self.tools))
        return self._all(made)

    def drawn(self, model: Model) -> Path:
        """Where the model's drawings are kept: shards of JUDGED_PICTURE."""
        return self.out / "drawn" / model.place

    def prune(self, models: Iterable[Model]) -> None:
        """Delete what was kept of other models: nobody would take out of it who has left the collection since."""
        places = {model.place for model in models}
        held = {*places, *(f"{a}-{b}" for a in places for b in places)}
        for folder in (folder for kind in ("drawn", "scored", "between") for folder in (self.out / kind).glob("*")):
            if folder.name not in held:
                shutil.rmtree(folder)

    def scored(self, place: str, drawn: Path, schema: pa.Schema) -> pa.Table:
        """The same of drawings that are there: shards of `schema` in `drawn`, their scores kept under `place`."""
        made = self._judged(f"scored/{place}", manifest.JUDGED_DRAWING)

        def load(name: str) -> list[Row]:
            seen = chosen(self.out / "photos" / f"{name}.parquet", manifest.JUDGED_PHOTO, ["face_id", "box", "marks"],
                          self.faces)  # fmt: skip
            measured = {row["face_id"]: row for row in seen}
            pictures = bytes_of(drawn / f"{name}.parquet", schema, self.faces)
            rows = self._photos_of(name)
            return [row | measured[row["face_id"]] | {"drawing": pictures[row["face_id"]]} for row in rows]

        sources = [self.align, self.teacher, self.out / "photos", drawn]
        self._update(made, self.faces, sources, load, JudgeDrawing(self.tools))
        return self._all(made)

    def _judged(self, place: str, schema: pa.Schema) -> Output:
        code = (sys.modules[__name__], *JUDGING, *self._modules)
        return Output(self.out / place, schema, code, {"tools": self.tools, "models": self._models})

    @property
    def _encoders(self) -> list[Encoder]:
        names = (self.tools.encoder, self.tools.second)
        return [judge.encoder(name, self.tools.faces.licence) for name in names if name]

    @cached_property
    def _modules(self) -> list[ModuleType]:
        """Those of the backend and of the encoders that are used."""
        found = [code_of(finder.opened(self.tools.faces)), *map(code_of, self._encoders)]
        if judge.perceptual(self.tools.faces.licence):
            from tasks.scores import lpips  # torch, which whoever has no weights is spared

            found.append(lpips)
        return found

    @cached_property
    def _models(self) -> dict[str, str]:
        """The digest of every network that measures and is at hand."""
        licence = self.tools.faces.licence
        optional = (name for name in (face_quality.NAME, *judge.LPIPS) if registry.find_allowed(name, licence))
        return {
            **finder.opened(self.tools.faces).digests,
            **{encoder.name: encoder.digest for encoder in self._encoders},
            **{name: registry.model(name).digest for name in (landmarks.PREDICTOR, *optional)},
            "features": judge.net(self.tools.net).digest,
        }

    def _update(
        self,
        made: Output,
        wanted: frozenset[str],
        folders: list[Path],
        load: Callable[[str], list[Row]],
        make: Callable[[Row], Row],
    ) -> None:
        inputs, bases = self._sources(wanted, folders)
        facewise.update_from(made, inputs, bases, load, make, self.workers)

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

    def _faces_of(self, wanted: frozenset[str]) -> Callable[[str], list[Row]]:
        return lambda name: chosen(self.align / f"{name}.parquet", manifest.ALIGN, FACE, wanted)

    def _photos_of(self, name: str) -> list[Row]:
        rows = chosen(self.align / f"{name}.parquet", manifest.ALIGN, FACE, self.faces)
        targets = bytes_of(self.teacher / f"{name}.parquet", manifest.TEACHER, self.faces)
        return [row | {"target": targets.get(row["face_id"])} for row in rows]

    def _all(self, output: Output) -> pa.Table:
        return manifest.read_all(output.folder, output.schema).sort_by("face_id")


def chosen(shard: Path, schema: pa.Schema, columns: list[str], faces: Collection[str]) -> list[Row]:
    """The rows of these faces; none where there is no such shard."""
    if not shard.is_file():
        return []
    table = manifest.read(shard, schema, columns)
    rows: list[Row] = table.filter(pc.is_in(table["face_id"], pa.array(sorted(faces), pa.string()))).to_pylist()
    return rows


def bytes_of(shard: Path, schema: pa.Schema, faces: Collection[str]) -> dict[str, bytes]:
    """The pictures of these faces as they are stored, by face_id."""
    return {row["face_id"]: row["image"]["bytes"] for row in chosen(shard, schema, ["face_id", "image"], faces)}


def pictures(folder: Path, schema: pa.Schema, faces: Collection[str]) -> dict[str, bytes]:
    """The same over a folder, shard by shard: never the whole folder's pictures at once."""
    return {face: data for shard in manifest.shards(folder) for face, data in bytes_of(shard, schema, faces).items()}


def both(name: str, before: Path, after: Path) -> list[Row]:
    """The drawings of two models of the same faces, as `before` and `after`."""
    shards_of = (folder / f"{name}.parquet" for folder in (before, after))
    tables = (manifest.read(shard, manifest.JUDGED_PICTURE).to_pylist() for shard in shards_of)
    first, second = ({row["face_id"]: row["image"]["bytes"] for row in rows} for rows in tables)
    return [{"face_id": face, "before": first[face], "after": second[face]} for face in first]
