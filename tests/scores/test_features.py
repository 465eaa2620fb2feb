from pathlib import Path

import numpy as np
import pytest

from tasks.core.errors import UserError
from tasks.core.style import descriptor
from tasks.scores.features import BATCH, OnnxFeatures, Reading, open_features
from tests.scores.pictures import photo, plain, spoiled
from tests.scores.tiny_onnx import Side, averages

RAW = Reading(size=32, mean=(0, 0, 0), std=(1, 1, 1))


def test_without_a_network_the_style_descriptor_describes() -> None:
    net = open_features("style")
    np.testing.assert_array_equal(net([photo(), plain(9)]), [descriptor(photo()), descriptor(plain(9))])
    assert (net.name, net.digest) == ("style", "")


@pytest.mark.parametrize("count", ["n", 1])
@pytest.mark.parametrize("side", ["side", 32])
def test_a_network_gives_a_row_per_picture_at_its_own_size(tmp_path: Path, count: Side, side: Side) -> None:
    weights = np.arange(12, dtype=np.float32).reshape(3, 4)
    net = OnnxFeatures(averages(tmp_path / "net.onnx", [count, 3, side, side], weights), RAW)
    pictures = [np.full((40, 60, 3), (i, 2 * i, 100), np.uint8) for i in range(BATCH + 3)]
    expected = [np.array([i, 2 * i, 100]) @ weights for i in range(BATCH + 3)]
    np.testing.assert_allclose(net(pictures), expected, rtol=1e-5)


def test_pictures_are_normalised_by_channel(tmp_path: Path) -> None:
    path = averages(tmp_path / "net.onnx", ["n", 3, 8, 8])
    found = OnnxFeatures(path, Reading(mean=(10, 20, 30), std=(1, 2, 4)))([plain(50)])
    np.testing.assert_allclose(found, [[40, 15, 5]], rtol=1e-5)


def test_what_follows_the_features_is_averaged(tmp_path: Path) -> None:
    found = OnnxFeatures(averages(tmp_path / "net.onnx", ["n", 3, 8, 8]), RAW)([photo(), spoiled("tint")])
    assert found.shape == (2, 3)


def test_a_network_is_known_by_its_bytes(tmp_path: Path) -> None:
    one, two = (averages(tmp_path / f"{side}.onnx", ["n", 3, side, side]) for side in (8, 16))
    assert len({open_features(str(path)).digest for path in (one, two)}) == 2


@pytest.mark.parametrize(
    ("shape", "message"),
    [(["n", 1, 8, 8], "must take one n x 3 x h x w"), ([5, 3, 8, 8], "takes 5 pictures at a time")],
)
def test_a_network_of_another_interface_is_refused(tmp_path: Path, shape: list[Side], message: str) -> None:
    with pytest.raises(UserError, match=message):
        OnnxFeatures(averages(tmp_path / "net.onnx", shape), RAW)


@pytest.mark.parametrize("name", ["inception", "absent.onnx"])
def test_a_feature_net_that_is_not_there_is_refused(name: str) -> None:
    with pytest.raises(UserError, match=rf"evaluate\.features is '{name}'.*set it to style, or to the path of one"):
        open_features(name)
