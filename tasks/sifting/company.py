"""What a picture is refused for because of others: a drawing off the set's style, a file that came in two roles."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tasks.core import rules
from tasks.core.rules import Rule, Verdicts
from tasks.sifting.limits import Params
from tasks.sifting.pictures import Pictures

NONE = np.inf
LOOKS_DRAWN = 0.5  # `drawn` from which a file that came in both roles is a drawing
MIN_SET = 50  # drawings below which there is no style to be off
SAMPLE = 10_000  # drawings that tell the centre
SPREADS = 8.0  # beyond this many, one number of a descriptor counts no more


def two_roles(pictures: Pictures, left: NDArray[np.bool_]) -> Verdicts:
    """Of a file that passes as a photo and as a drawing, the row of what it looks less like: ids stand for one file."""
    ids, photo = pictures.keys["id"], pictures.photo
    photos = left & photo & among(ids, left & ~photo)
    if not photos.any():
        return rules.passed(len(left))
    both = photos | (left & ~photo & among(ids, photos))
    looks = np.where(both, np.nan_to_num(pictures.measures["drawn"]), np.nan)
    as_photo = Rule("two_roles", looks, high=np.nextafter(LOOKS_DRAWN, 0), group="photo")
    as_drawing = Rule("two_roles", looks, low=LOOKS_DRAWN, group="anime")
    return rules.first_broken([as_photo, as_drawing], {"photo": photo, "anime": ~photo})


def among(ids: pa.ChunkedArray, rows: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether each id is one of those of the rows."""
    some = ids.filter(pa.array(rows)).combine_chunks()
    return np.asarray(pc.is_in(ids, value_set=some).to_numpy(), np.bool_)


def off_style(pictures: Pictures, drawings: NDArray[np.bool_], given: Params) -> Verdicts:
    """Drawings too far from the centre of all that are left."""
    described = np.asarray(pictures.style.is_valid().to_numpy(), np.bool_)[pictures.seen]
    rows = np.flatnonzero(drawings & described)
    far = np.full(len(drawings), np.nan)
    if given.max_off_style and len(rows) >= MIN_SET:
        lists = pictures.style.take(pa.array(pictures.seen[rows])).combine_chunks()
        ids = pictures.keys["id"].take(pa.array(rows)).combine_chunks()
        order = np.asarray(pc.sort_indices(ids).to_numpy())
        far[rows] = distances(lists.flatten().to_numpy().reshape(len(rows), -1), order)
    return rules.first_broken([Rule("off_style", far, high=given.max_off_style or NONE)], {})


def distances(described: NDArray[np.float32], order: NDArray[np.int64]) -> NDArray[np.float64]:
    """How far each of n pictures (n x d descriptors) is from their common style: 0 as usual, 1 a robust spread more.

    Each number is held against its median in robust spreads (1.4826 median absolute deviations); the root of their
    mean square is a picture's distance, told in robust spreads of all distances. Medians are those of the first
    SAMPLE pictures in `order`, so let that be by id: ids are digests, and their order a draw that never changes.
    """
    sample = described[order[:SAMPLE]]
    centre = np.median(sample, axis=0)
    spread = np.maximum(1.4826 * np.median(np.abs(sample - centre), axis=0), 0.02)
    off = np.minimum(np.abs(described - centre) / spread, SPREADS)
    far = np.sqrt(np.square(off).mean(axis=1, dtype=np.float64))
    typical = far[order[:SAMPLE]]
    middle = float(np.median(typical))
    return np.asarray((far - middle) / max(1.4826 * float(np.median(np.abs(typical - middle))), 0.02))
