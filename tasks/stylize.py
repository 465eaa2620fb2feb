"""Draw every aligned face with the fine-tuned generator, in bulk.

A shard is drawn anew only when its faces, the model or a setting changed.
"""

import json
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from tasks.after import steps as after
from tasks.after.steps import Steps
from tasks.core import facewise, image, manifest, params, shards
from tasks.core.errors import require
from tasks.core.image import Image
from tasks.core.pool import pool
from tasks.core.stage import log, start
from tasks.styles import stylizer, trained

ALIGN = Path("data/align")
OUT, REPORT = Path("data/stylize"), Path("reports/stylize.json")


@dataclass(frozen=True)
class Params(Steps):
    """The `stylize` section of params.yaml: who draws, the steps after it, and how the result is stored."""

    model: str = trained.FINETUNE  # finetune | student
    wishes: tuple[str, ...] = ()  # of a generator with finetune.control, such as hair=black
    quality: int = 92  # of the WebP, 1..100

    def __post_init__(self) -> None:
        super().__post_init__()
        trained.folder(self.model, "stylize.model")
        require(1 <= self.quality <= 100, f"stylize.quality is {self.quality}; use 1 to 100")


def main() -> None:
    """data/align and a trained generator -> data/stylize."""
    given = params.load("stylize", Params)
    model = trained.folder(given.model, "stylize.model") / "generator.onnx"
    digest = shards.file_digest(model)
    code = (sys.modules[__name__], after, stylizer, image)
    wishes = wished(given)
    output = shards.Output(OUT, manifest.STYLIZE, code, {"stylize": given, "model": digest, "wishes": wishes})
    brush = Brush(given, model, digest, wishes)
    with pool() as workers:
        made = facewise.update(output, ALIGN, photos_of, brush, workers)
    total = len(manifest.read_all(OUT, manifest.STYLIZE, ["face_id"]))
    counts = manifest.tally([None] * total) | {"model": digest[:16], "settings": asdict(given)}
    manifest.write_json(REPORT, counts)
    log.info("stylize: %d faces, %d shards changed", total, made)


def photos_of(shard: Path) -> list[dict[str, Any]]:
    """Every photo's face in an aligned shard."""
    rows = manifest.read(shard, manifest.ALIGN, ["face_id", "id", "role", "image"]).to_pylist()
    return [row for row in rows if row["role"] == "photo"]


@dataclass(frozen=True)
class Brush:
    """Aligned face -> stylised face, as a value that worker processes can be sent."""

    given: Params
    model: Path
    digest: str
    wishes: tuple[float, ...]

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        """The manifest's row."""
        photo = image.decode_own(row["image"]["bytes"])
        drawing = after.finish(photo, *self._drawn(photo))
        data = image.encode_webp(drawing, self.given.quality)
        settings = json.dumps(asdict(self.given), sort_keys=True)
        face = {"face_id": row["face_id"], "id": row["id"], "image": {"bytes": data, "path": None}}
        return face | {"model": self.digest, "settings": settings}

    def _drawn(self, photo: Image) -> tuple[Image, Steps]:
        """The drawing and the steps that are left: a controlled generator draws with any strength itself."""
        model = stylizer.opened(self.model)
        drawing = model.run(photo, self.wishes, self.given.strength)
        return drawing, replace(self.given, strength=1.0) if model.controlled else self.given


def wished(given: Params) -> tuple[float, ...]:
    """The wishes as the model's own vector; UserError for a model without control, a word it does not know."""
    if not given.wishes:
        return ()
    from tasks.nets.condition import read_vocabulary  # torch: two seconds for the few who wish

    path = trained.folder(given.model, "stylize.model") / "card.json"
    words = json.loads(path.read_text()).get("vocabulary") if path.is_file() else None
    asked = f"stylize.wishes is {list(given.wishes)}"
    require(words is not None, f"{asked}, and the model has no control; train one with finetune.control: [hair]")
    require(all("=" in wish for wish in given.wishes), f"{asked}; write each as control=word, such as hair=black")
    vector = read_vocabulary(json.dumps(words)).vector(dict(wish.split("=", 1) for wish in given.wishes))
    return tuple(float(value) for value in vector)


if __name__ == "__main__":
    start(main)
