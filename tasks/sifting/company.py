"""What a picture is refused for because of others: a drawing off the set's style, a file that came in two roles."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tasks.core import rules, style
from tasks.core.rules import Rule, Verdicts
from tasks.sifting.limits import Params
from tasks.sifting.pictures import Pictures

NONE = np.inf
LOOKS_DRAWN = 0.5  # `drawn` from which a file that came in both roles is a drawing


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
    if given.max_off_style and len(rows) >= style.MIN_SET:
        lists = pictures.style.take(pa.array(pictures.seen[rows])).combine_chunks()
        ids = pictures.keys["id"].take(pa.array(rows)).combine_chunks()
        order = np.asarray(pc.sort_indices(ids).to_numpy())
        far[rows] = style.distances(lists.flatten().to_numpy().reshape(len(rows), -1), order)
    return rules.first_broken([Rule("off_style", far, high=given.max_off_style or NONE)], {})
