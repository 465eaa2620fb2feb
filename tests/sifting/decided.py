"""Pictures in a few words, and what is decided of them."""

from typing import Any

import numpy as np
import pyarrow as pa

from tasks import quality
from tasks.core import manifest
from tasks.sifting.limits import Params
from tasks.sifting.pictures import gather

PICTURE = {
    "role": "photo",
    "width": 600,
    "height": 700,
    "brightness": 120.0,
    "contrast": 50.0,
    "sharpness": 100.0,
    "jpeg_quality": None,
    "blockiness": 1.0,
    "drawn": 0.1,
}
FACE = {"side": 200.0, "x": 300.0, "yaw": 3.0, "pitch": -5.0, "roll": 0.0, "covered": 0.0}
FIVE = np.array([[-30.0, 0], [30, 0], [0, 35], [-22, 65], [22, 65]])
Row = dict[str, Any]


def face(**given: Any) -> Row:
    """As the finder records it: a box of that side, a head of 60 pixels between the eyes at (x, 300)."""
    f = FACE | given
    box = [f["x"] - f["side"] / 2, 200.0, f["x"] + f["side"] / 2, 200.0 + f["side"]]
    angles = [f["yaw"], f["pitch"], f["roll"]]
    points = (FIVE + np.array([f["x"], 300])).ravel().tolist()
    return {"box": box, "score": 1.0, "landmarks": points, "angles": angles, "covered": f["covered"]}


def decided(pictures: list[Row], given: Params | None = None) -> list[Row]:
    """Each picture (PICTURE, changed; `seen` its faces, `style` its descriptor) through gather and decide."""
    keys = [
        {"id": p.get("id", f"{i:04d}"), "batch": "b", "keep": True, "role": p.get("role", "photo")}
        for i, p in enumerate(pictures)
    ]
    facts = [PICTURE | p | k for p, k in zip(pictures, keys, strict=True)]
    seen = [
        k | {"quarter": 0, "faces": p.get("seen", [face()]), "style": p.get("style")}
        for p, k in zip(pictures, keys, strict=True)
    ]
    tables = [
        pa.Table.from_pylist(rows, schema)
        for rows, schema in ((keys, manifest.DEDUPE), (facts, manifest.INGEST), (seen, manifest.FACES))
    ]
    found = quality.decide(gather(*tables), given or Params())
    assert found.schema.equals(manifest.QUALITY)
    rows: list[Row] = found.to_pylist()
    return rows
