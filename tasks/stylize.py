"""Draw every aligned face with the fine-tuned generator, in bulk.

A shard is drawn anew only when its faces, the model or a setting changed.
"""

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tasks.core import facewise, image, manifest, params, shards
from tasks.core.errors import require
from tasks.core.pool import pool
from tasks.core.stage import log, start
from tasks.styles import after, stylizer, trained
from tasks.styles.after import Steps

ALIGN = Path("data/align")
OUT, REPORT = Path("data/stylize"), Path("reports/stylize.json")


@dataclass(frozen=True)
class Params(Steps):
    """The `stylize` section of params.yaml: who draws, the steps after it, and how the result is stored."""

    model: str = trained.FINETUNE  # finetune | student
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
    output = shards.Output(OUT, manifest.STYLIZE, code, {"stylize": given, "model": digest})
    brush = Brush(given, model, digest)
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

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        """The manifest's row."""
        photo = image.decode_own(row["image"]["bytes"])
        drawing = after.finish(photo, stylizer.opened(self.model).run(photo), self.given)
        data = image.encode_webp(drawing, self.given.quality)
        settings = json.dumps(asdict(self.given), sort_keys=True)
        face = {"face_id": row["face_id"], "id": row["id"], "image": {"bytes": data, "path": None}}
        return face | {"model": self.digest, "settings": settings}


if __name__ == "__main__":
    start(main)
