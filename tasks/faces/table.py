"""The memo of detection as columns: every face of many pictures in flat arrays, without a Python object for each."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Faces:
    """n faces of a list of pictures, in order of picture and then from the largest face on."""

    picture: Integers  # row of the picture
    number: Integers  # of the face in its picture
    first: Integers  # for each picture the row of its largest face; -1 where it has none
    side: Floats  # pixels, of a square as large as the box
    landmarks: Floats  # n x 5 x 2
    angles: Floats  # n x 3 degrees: yaw, pitch, roll
    covered: Floats  # 0..1


def flat(column: pa.ChunkedArray, rows: Integers) -> Faces:
    """The faces of n pictures: `column` is `faces` of manifest.FACES, `rows` says which of its rows each picture is."""
    lists = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
    lengths = pc.list_value_length(lists).to_numpy(zero_copy_only=False).astype(np.int64)
    counts, starts = lengths[rows], (np.cumsum(lengths) - lengths)[rows]
    ends = np.cumsum(counts)
    picture = np.repeat(np.arange(len(rows)), counts)
    number = np.arange(len(picture)) - (ends - counts)[picture]
    faces, taken = lists.flatten(), starts[picture] + number
    box = _rows(faces.field("box"), 4, taken)
    width, height = (np.maximum(box[:, 2 + axis] - box[:, axis], 0) for axis in (0, 1))
    return Faces(
        picture,
        number,
        np.where(counts > 0, ends - counts, -1),
        np.sqrt(width * height),
        _rows(faces.field("landmarks"), 10, taken).reshape(-1, 5, 2),
        _rows(faces.field("angles"), 3, taken),
        _rows(faces.field("covered"), 1, taken)[:, 0],
    )


def _rows(values: pa.Array, width: int, taken: Integers) -> Floats:
    flat = values.flatten() if pa.types.is_list(values.type) else values
    return np.asarray(flat.to_numpy(zero_copy_only=False).reshape(-1, width)[taken], np.float64)
