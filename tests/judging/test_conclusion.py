import numpy as np
import pyarrow as pa
import pytest

from tasks.judging.conclusion import Limits, columns_of, features, floats
from tasks.judging.referee import Referee
from tasks.judging.summary import PER_FACE

ENCODER = Referee("dlib", None)


def photos(embedding: list[list[float]]) -> pa.Table:
    return pa.table({"embedding": embedding, "second": [None] * len(embedding), "patches": [[0.0]] * len(embedding)})


def test_a_landmark_error_above_the_limit_and_a_stranger_are_told() -> None:
    drawn = photos([[0.0] * 128, [0.0] * 127 + [3.0]])
    for name, values in {"nme": [0.1, 0.05], "overlap": [0.9, 0.1]}.items():
        drawn = drawn.append_column(name, pa.array(values))
    found = columns_of(photos([[0.0] * 128] * 2), drawn, ENCODER, "any", None, Limits(0.5, 0.08))
    assert list(found) == list(PER_FACE)
    assert found["deformed"].tolist() == [1, 0]
    assert found["same_person"].tolist() == [1, 0]
    assert found["kept"].tolist() == [1, 0]
    assert np.isnan(found["niqe"]).all()


def test_a_score_that_is_null_is_no_number() -> None:
    assert np.isnan(floats(pa.table({"quality": pa.array([None, None], pa.float64())}), "quality")).all()
    assert np.isnan(floats(pa.table({"ssim": pa.array([0.5, None], pa.float64())}), "ssim")).tolist() == [False, True]


@pytest.mark.parametrize("cells", [[], [None]])
def test_no_picture_at_all_has_no_features(cells: list[None]) -> None:
    assert features(pa.table({"x": pa.array(cells, pa.list_(pa.float32()))})["x"]).shape == (0, 0)
