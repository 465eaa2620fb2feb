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


def flat(column: pa.ChunkedArray) -> Faces:
    """The column `faces` of manifest.FACES, one list for each picture."""
    lists = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
    counts = pc.list_value_length(lists).to_numpy(zero_copy_only=False).astype(np.int64)
    ends = np.cumsum(counts)
    picture = np.repeat(np.arange(len(counts)), counts)
    faces = lists.flatten()
    box = _rows(faces.field("box"), 4)
    width, height = (np.maximum(box[:, 2 + axis] - box[:, axis], 0) for axis in (0, 1))
    return Faces(
        picture,
        np.arange(len(picture)) - (ends - counts)[picture],
        np.where(counts > 0, ends - counts, -1),
        np.sqrt(width * height),
        _rows(faces.field("landmarks"), 10).reshape(-1, 5, 2),
        _rows(faces.field("angles"), 3),
        faces.field("covered").to_numpy(zero_copy_only=False).astype(np.float64),
    )


def _rows(lists: pa.ListArray, width: int) -> Floats:
    return np.asarray(lists.flatten().to_numpy(zero_copy_only=False), np.float64).reshape(-1, width)
