import numpy as np
import pyarrow as pa
import pytest

from tasks import quality
from tasks.core import manifest
from tasks.core.errors import UserError
from tasks.sifting.limits import Params
from tasks.sifting.pictures import gather
from tests.sifting.decided import PICTURE, Row, decided, face


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"role": "anime", "width": 300, "drawn": 0.9},
        {"role": "anime", "brightness": 240.0, "seen": [face()] * 4},
        {"jpeg_quality": 75.0},
        {"seen": [face(), face(side=100.0)]},
    ],
)
def test_a_good_picture_passes_with_its_largest_face(row: Row) -> None:
    found = decided([row])[0]
    assert (found["keep"], found["reason"], found["chosen"]) == (True, None, [0])


def test_angles_are_those_of_the_largest_face_and_null_where_there_is_none() -> None:
    found = decided([{"seen": []}, {"seen": [face(yaw=7.0), face(yaw=9.0)]}])
    assert np.isnan(found[0]["yaw"])
    assert found[1]["yaw"] == 7


def test_every_row_keeps_its_own_faces_whatever_the_order() -> None:
    pictures = [{"seen": [face(yaw=float(i))] * (i % 3)} for i in range(30)]
    found = decided(pictures, Params(max_faces=2))
    assert [row["faces"] for row in found] == [i % 3 for i in range(30)]
    assert all(row["yaw"] == i for i, row in enumerate(found) if i % 3)


def test_pictures_that_dedupe_dropped_have_no_row() -> None:
    keys = pa.Table.from_pylist([{"id": "a", "batch": "b", "keep": False, "role": "photo"}], manifest.DEDUPE)
    facts = pa.Table.from_pylist([PICTURE | {"id": "a", "batch": "b"}], manifest.INGEST)
    found = quality.decide(gather(keys, facts, manifest.FACES.empty_table()), Params())
    assert (len(found), found.schema) == (0, manifest.QUALITY)


@pytest.mark.parametrize(
    ("pictures", "message"),
    [
        ([], "no photo came through dedupe; name a source with role: photo"),
        ([{"role": "anime"}], "no photo came through dedupe"),
        ([{"width": 256}, {"role": "anime"}], "no photo is left after quality; it took {'small': 1}"),
    ],
)
def test_a_collection_without_a_photo_is_an_error(pictures: list[Row], message: str) -> None:
    rows = pa.Table.from_pylist(decided(pictures), manifest.QUALITY)
    with pytest.raises(UserError, match=message):
        quality.count(rows)


def test_the_remedy_for_small_photos_is_named() -> None:
    assert "quality.min_side: 256" in quality.hint({"small": 9, "dark": 1})
    assert quality.hint({"dark": 1}) == ""
