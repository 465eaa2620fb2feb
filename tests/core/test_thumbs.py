import numpy as np
import pyarrow as pa
import pytest

from tasks.core import thumbs
from tasks.core.hamming import distance

SCENE = np.random.default_rng(0).integers(40, 200, 256).astype(np.uint8)
OTHER = np.random.default_rng(1).integers(40, 200, 256).astype(np.uint8)


@pytest.mark.parametrize(
    ("other", "least", "most"),
    [
        pytest.param(SCENE, 1, 1, id="itself"),
        pytest.param(SCENE // 2 + 30, 0.99, 1, id="another exposure"),
        pytest.param(255 - SCENE, -1, -0.99, id="its negative"),
        pytest.param(OTHER, -0.3, 0.3, id="another picture"),
        pytest.param(np.full(256, 99, np.uint8), 0, 0, id="a flat one"),
    ],
)
def test_likeness_drops_mean_and_gain(other: thumbs.Thumbs, least: float, most: float) -> None:
    pair = np.stack([SCENE, other])
    found = thumbs.likeness(pair, np.array([0, 1]), np.array([1, 0]))
    assert found[0] == found[1]
    assert least <= found[0] <= most


def test_flat_thumbs_are_alike_only_where_they_are_equal() -> None:
    flat = np.stack([np.full(256, level, np.uint8) for level in (10, 11, 200)])
    assert thumbs.likeness(flat, np.array([0, 0]), np.array([1, 2])).tolist() == [1, 0]
    assert thumbs.equal(flat, np.array([0, 0]), np.array([1, 2])).tolist() == [True, False]


def test_the_gradient_hash_has_a_bit_for_each_cell_that_is_darker_than_its_right_neighbour() -> None:
    ramp = np.tile(np.arange(16, dtype=np.uint8) * 9, 16)
    ramps = np.stack([ramp, ramp[::-1], SCENE, np.minimum(SCENE.astype(int) + 20, 255).astype(np.uint8)])
    found = thumbs.gradient_hash(ramps)
    assert [hex(found[0]), hex(found[1])] == ["0xfefefefefefefefe", "0x101010101010101"]
    assert distance(found[2:3], found[3:])[0] == 0


def test_thumbs_come_out_of_a_column_of_any_chunks() -> None:
    rows = [SCENE.tobytes(), OTHER.tobytes(), SCENE.tobytes()]
    column = pa.chunked_array([pa.array(rows[:2], pa.binary()), pa.array(rows[2:], pa.binary())])
    assert thumbs.from_column(column[1:]).tolist() == [OTHER.tolist(), SCENE.tolist()]
    assert thumbs.from_column(pa.chunked_array([], pa.binary())).shape == (0, 256)


@pytest.mark.parametrize("cell", [None, b"short"])
def test_a_missing_or_short_thumb_is_refused(cell: bytes | None) -> None:
    with pytest.raises(pa.ArrowInvalid):
        thumbs.from_column(pa.chunked_array([pa.array([cell], pa.binary())]))
