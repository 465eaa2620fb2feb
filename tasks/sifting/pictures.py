"""What is known of pictures before anything is decided: columns of n values, one per picture or per face."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tasks.faces.table import Faces, flat

MEASURES = ("width", "height", "sharpness", "brightness", "contrast", "jpeg_quality", "blockiness", "drawn")

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Pictures:
    """What is known of n pictures before anything is decided."""

    keys: pa.Table  # id, role, batch
    measures: dict[str, Floats]
    quarter: NDArray[np.int8]
    faces: Faces
    style: pa.ChunkedArray  # descriptors, null where there is none; in the finder's order
    seen: NDArray[np.int64]  # row of each picture in that order

    @property
    def photo(self) -> NDArray[np.bool_]:
        """Which of them are photos."""
        return np.asarray(pc.equal(self.keys["role"], "photo").to_numpy(zero_copy_only=False), np.bool_)


def gather(decisions: pa.Table, measured: pa.Table, seen: pa.Table) -> Pictures:
    """The pictures that dedupe kept, each with its measures and its faces."""
    kept = decisions.filter(pc.field("keep"))
    facts = measured.select(MEASURES).take(places(kept, measured, "batch"))
    rows = places(kept, seen, "role").to_numpy()
    columns = {name: facts[name].to_numpy().astype(np.float64) for name in MEASURES}
    keys, quarter = kept.select(["id", "role", "batch"]), seen["quarter"].to_numpy()[rows]
    return Pictures(keys, columns, quarter, flat(seen["faces"], rows), seen["style"], rows)


def places(some: pa.Table, others: pa.Table, beside: str) -> pa.ChunkedArray:
    """The row in `others` of each picture: one file may come in several batches, and in both roles."""
    named = (pc.binary_join_element_wise(t["id"], t[beside], "/") for t in (some, others))
    return pc.index_in(next(named), next(named))
