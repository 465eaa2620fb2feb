"""Draw every aligned face, or every photo that has one, with the trained generator, in bulk.

Memo in two: data/drawn holds what the generator drew, data/stylize what the steps after it and the codec made of that.
A photo is drawn anew only when its faces, the generator or what it is told changed; a changed step runs none.
"""

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tasks.after import colour, filters, hair, lens
from tasks.after import steps as after
from tasks.after.steps import Steps
from tasks.core import facewise, image, manifest, params, shards, xmp
from tasks.core.errors import nearest, require
from tasks.core.pool import Pool, pool
from tasks.core.shards import Output
from tasks.core.stage import log, start
from tasks.faces import geometry, glasses, hair_mask, landmarks, registry, upright
from tasks.faces import hair as hair_colours
from tasks.faces.finder import Settings
from tasks.styles import draft, drawn, frame, paste, portrait, provenance, trained, wishes
from tasks.styles.drawn import Brush, Places
from tasks.styles.portrait import DRAWN, FACE, PASTE, Wanted
from tasks.styles.provenance import Provenance

RAW, OUT, REPORT = Path("data/drawn"), Path("data/stylize"), Path("reports/stylize.json")
STEPS = (after, colour, filters, hair, lens, glasses, hair_colours, hair_mask)
CODE = (*STEPS, draft, drawn, frame, geometry, image, landmarks, paste, portrait, provenance, upright, wishes, xmp)

Row = dict[str, Any]


@dataclass(frozen=True)
class Params(Steps):
    """The `stylize` section of params.yaml: who draws what, the steps after it, and how the result is stored."""

    model: str = trained.FINETUNE  # finetune | student
    eight_bits: bool = False  # its INT8 file, where one passed its gate; never in tiles
    runtime: str = "auto"  # auto: the fastest that is installed | a runtime by name
    wishes: tuple[str, ...] = ()  # of a generator with finetune.control, such as hair=black
    mode: str = FACE  # face: every aligned face | frame: the whole photo | paste: each face, set back into its photo
    size: int = 512  # pixels of a face's crop in `paste`; in `face` it is align.size
    max_side: int = 2048  # pixels; of `frame` and `paste`: a larger photo is reduced to it
    backdrop: str = DRAWN  # of `paste`: what lies around the faces, drawn | photo
    format: str = "webp"  # webp | png | avif | jpeg
    quality: int = 92  # 1..100, as the codec counts; png has none

    def __post_init__(self) -> None:
        super().__post_init__()
        trained.folder(self.model, "stylize.model")
        self.wanted(controlled=True)
        known = list(image.WRITTEN)
        require(self.format in known, f"stylize.format is {self.format!r}; {nearest(self.format, known)}")
        require(1 <= self.quality <= 100, f"stylize.quality is {self.quality}; use 1 to 100")

    def wanted(self, controlled: bool) -> Wanted:
        """What the generator is told: of the settings those alone that change what it draws in this mode."""
        told = Wanted(self.mode, self.size, self.max_side, self.backdrop, self.wishes)
        return Wanted(
            mode=self.mode,
            size=told.size if self.mode == PASTE else Wanted.size,
            max_side=Wanted.max_side if self.mode == FACE else told.max_side,
            backdrop=told.backdrop if self.mode == PASTE else Wanted.backdrop,
            wishes=self.wishes,
            strength=self.strength if controlled else 1.0,
        )


def main() -> None:
    """data/align (for whole pictures data/ingest, data/faces), a trained generator -> data/drawn, data/stylize."""
    given, faces, places = params.load("stylize", Params), params.load("faces", Settings), Places()
    model = trained.generator(given.model, "stylize.model", given.eight_bits)
    artist = drawn.opened(model, faces, given.runtime)
    brush = Brush(model, faces, given.wanted(artist.controlled), artist.runtime)
    finisher = Finisher(given, brush.wanted, artist.controlled, shards.file_digest(model))
    with pool() as workers:
        drawn.update(raw(brush, finisher.digest), places, brush, workers)
        made = finish(output(finisher), places, finisher, workers)
    write_report(given, model, artist.runtime, finisher.digest)
    log.info("stylize: %d shards changed, drawn by %s", made, artist.runtime)


def raw(brush: Brush, digest: str) -> Output:
    """data/drawn and what its keys share."""
    told = {"wanted": brush.wanted, "wishes": wishes.vector(brush.model, brush.wanted.wishes)}
    made_by = {"model": digest, "runtime": brush.runtime, "margin": brush.faces.margin}
    made_by |= {"landmarks": registry.model(landmarks.PREDICTOR).digest, "tiling": drawn.tiling(brush.wanted.mode)}
    return Output(RAW, manifest.DRAWN, drawn.CODE, told | made_by)


def output(finisher: "Finisher") -> Output:
    """data/stylize and what its keys share, beside what was drawn."""
    return Output(OUT, manifest.STYLIZE, (sys.modules[__name__], *CODE), asdict(finisher))


def finish(made: Output, places: Places, finisher: "Finisher", workers: Pool) -> int:
    """Bring data/stylize to one finished picture per row of data/drawn; returns how many shards changed."""

    def load(shard: Path) -> list[Row]:
        photos = {row["face_id"]: row for row in places.photos(shard.name, finisher.wanted.mode)}
        rows = manifest.read(shard, manifest.DRAWN).to_pylist()
        return [{"face_id": row["face_id"], "photo": photos[row["face_id"]], "drawn": row} for row in rows]

    return facewise.update(made, RAW, load, finisher, workers)


@dataclass(frozen=True)
class Finisher:
    """Photo and drawing -> row of manifest.STYLIZE, as a value that worker processes can be sent."""

    given: Params
    wanted: Wanted
    controlled: bool
    digest: str  # sha256 of the generator's file

    def __call__(self, row: Row) -> Row:
        """The manifest's row; a drawing that the format cannot hold has a reason."""
        settings = json.dumps(asdict(self.given), sort_keys=True)
        found = {name: row["drawn"][name] for name in ("face_id", "id", "reason")}
        found |= {"image": None, "model": self.digest, "settings": settings}
        if found["reason"]:
            return found
        try:
            return found | {"image": {"bytes": self.finished(row), "path": None}}
        except ValueError:
            return found | {"reason": "unencodable"}

    def finished(self, row: Row) -> bytes:
        """The finished picture, encoded, with its provenance."""
        made = drawn.restored(row["photo"], row["drawn"], self.wanted, self.controlled).finished(self.given)
        packet = Provenance(self.given.model, self.digest, row["face_id"], asdict(self.given)).packet()
        return image.encode(made, self.given.format, self.given.quality, packet)


def write_report(given: Params, model: Path, runtime: str, digest: str) -> None:
    """reports/stylize.json: how many were drawn, why others were not, by what and how."""
    reasons = manifest.read_all(OUT, manifest.STYLIZE, ["reason"])["reason"].to_pylist()
    by = {"generator": model.name, "model": digest[:16], "runtime": runtime}
    manifest.write_json(REPORT, manifest.tally(reasons) | by | {"settings": asdict(given)})


if __name__ == "__main__":
    start(main)
