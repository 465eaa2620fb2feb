from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tasks import quality
from tasks.core import manifest, style
from tasks.core.errors import UserError
from tasks.quality import Params

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
    found = quality.decide(quality.gather(*tables), given or Params())
    assert found.schema.equals(manifest.QUALITY)
    rows: list[Row] = found.to_pylist()
    return rows


@pytest.mark.parametrize(
    ("row", "reason", "value", "limit"),
    [
        ({"width": 500}, "small", 500, 512),
        ({"drawn": 0.9}, "drawing_among_photos", 0.9, 0.8),
        ({"brightness": 30.0}, "dark", 30, 45),
        ({"brightness": 240.0}, "bright", 240, 225),
        ({"contrast": 5.0}, "flat", 5, 12),
        ({"sharpness": 3.0}, "blurred", 3, 12),
        ({"jpeg_quality": 10.0}, "compressed", 10, 30),
        ({"blockiness": 3.0}, "compressed", 3, 2),
        ({"seen": []}, "no_face", 0, 1),
        ({"seen": [face(), face(), face()]}, "many_faces", 3, 1),
        ({"seen": [face(side=60.0)]}, "face_small", 60, 80),
        ({"seen": [face(covered=0.5)]}, "covered", 0.5, 0.15),
        ({"seen": [face(roll=-45.0)]}, "tilted", 45, 30),
        ({"seen": [face(yaw=-60.0)]}, "turned", 60, 40),
        ({"seen": [face(pitch=50.0)]}, "nodding", 50, 40),
        ({"seen": [face(x=0.0)]}, "cut", 0.498, 0.25),
        ({"width": 100, "brightness": 1.0}, "small", 100, 512),
        ({"seen": [], "sharpness": 3.0}, "blurred", 3, 12),
        ({"seen": [face(covered=0.5, yaw=60.0)]}, "covered", 0.5, 0.15),
        ({"role": "anime", "width": 200, "drawn": 0.9}, "small", 200, 256),
        ({"role": "anime", "drawn": 0.02}, "photo_among_drawings", 0.02, 0.1),
    ],
)
def test_each_reason_is_named_with_value_and_limit(row: Row, reason: str, value: float, limit: float) -> None:
    found = decided([row])[0]
    assert (found["reason"], found["chosen"]) == (reason, [])
    assert (found["value"], found["limit"]) == (pytest.approx(value, abs=0.003), pytest.approx(limit))
    assert not found["keep"]


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


@pytest.mark.parametrize(
    ("seen", "chosen", "reason"),
    [
        ([face(), face(), face(side=100.0)], [0, 1], None),
        ([face(yaw=60.0), face(), face()], [1, 2], None),
        ([face(yaw=60.0), face(pitch=60.0)], [], "turned"),
        ([face()] * 4, [], "many_faces"),
    ],
)
def test_of_several_faces_each_comparable_one_that_passes_goes_on(
    seen: list[Row], chosen: list[int], reason: str | None
) -> None:
    found = decided([{"seen": seen}], Params(max_faces=3))[0]
    assert (found["chosen"], found["reason"], found["keep"]) == (chosen, reason, reason is None)


def test_angles_are_those_of_the_largest_face_and_null_where_there_is_none() -> None:
    found = decided([{"seen": []}, {"seen": [face(yaw=7.0), face(yaw=9.0)]}])
    assert np.isnan(found[0]["yaw"])
    assert found[1]["yaw"] == 7


def test_every_row_keeps_its_own_faces_whatever_the_order() -> None:
    pictures = [{"seen": [face(yaw=float(i))] * (i % 3)} for i in range(30)]
    found = decided(pictures, Params(max_faces=2))
    assert [row["faces"] for row in found] == [i % 3 for i in range(30)]
    assert all(row["yaw"] == i for i, row in enumerate(found) if i % 3)


@pytest.mark.parametrize(("drawn", "reasons"), [(0.3, [None, "two_roles"]), (0.5, ["two_roles", None])])
def test_a_file_that_came_in_both_roles_is_what_it_looks_like(drawn: float, reasons: list[str | None]) -> None:
    file = {"id": "same", "drawn": drawn}
    found = decided([file | {"seen": [face(yaw=7.0)]}, file | {"role": "anime", "seen": [face(), face()]}, {}])
    assert [row["reason"] for row in found] == [*reasons, None]
    assert [row["faces"] for row in found] == [1, 2, 1]


def test_a_file_refused_in_one_role_stays_in_the_other() -> None:
    found = decided([{"id": "same", "drawn": 0.9}, {"id": "same", "drawn": 0.9, "role": "anime"}])
    assert [row["reason"] for row in found] == ["drawing_among_photos", None]


def strokes(count: int, seed: int = 0) -> list[list[float]]:
    found: list[list[float]] = np.random.default_rng(seed).normal(0.4, 0.05, (count, 78)).tolist()
    return found


def test_a_drawing_of_another_style_is_told_from_the_set() -> None:
    other = [0.9] * 78
    found = decided([{"role": "anime", "style": s} for s in [*strokes(60), other]])
    assert [row["reason"] for row in found] == [None] * 60 + ["off_style"]
    assert found[-1]["value"] > found[-1]["limit"] == Params().max_off_style


def test_a_small_set_has_no_style_to_be_off() -> None:
    drawings = [{"role": "anime", "style": s} for s in [*strokes(style.MIN_SET - 2), [0.9] * 78]]
    assert all(row["keep"] for row in decided(drawings))


def test_the_centre_of_the_style_does_not_depend_on_the_order_of_the_drawings() -> None:
    described = np.array(strokes(50), np.float32)
    there = style.distances(described, np.arange(50))
    back = style.distances(described[::-1], np.arange(50)[::-1])
    assert np.array_equal(there, back[::-1])


def test_refused_drawings_do_not_move_the_centre() -> None:
    good = [{"role": "anime", "style": s} for s in strokes(60)]
    bad = [{"role": "anime", "style": [0.9] * 78, "contrast": 1.0}] * 60
    assert [row["reason"] for row in decided([*good, *bad])] == [None] * 60 + ["flat"] * 60


def test_pictures_that_dedupe_dropped_have_no_row() -> None:
    keys = pa.Table.from_pylist([{"id": "a", "batch": "b", "keep": False, "role": "photo"}], manifest.DEDUPE)
    facts = pa.Table.from_pylist([PICTURE | {"id": "a", "batch": "b"}], manifest.INGEST)
    found = quality.decide(quality.gather(keys, facts, manifest.FACES.empty_table()), Params())
    assert (len(found), found.schema) == (0, manifest.QUALITY)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"min_brightness": 230}, r"min_brightness 230 is not below max_brightness 225"),
        ({"max_faces": 0}, r"max_faces is 0"),
        ({"comparable": 0}, r"comparable is 0"),
        ({"max_yaw": -1}, r"max_yaw is -1"),
    ],
)
def test_limits_that_no_picture_can_pass_are_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        replace(Params(), **given)


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
