import numpy as np
import pandas as pd
import pytest

from tasks import dedupe
from tasks.core.errors import UserError
from tasks.dedupe import Params


def pictures(*rows: dict[str, object]) -> pd.DataFrame:
    plain = {"role": "photo", "batch": "b", "width": 100, "height": 100, "sharpness": 5.0}
    light = {"brightness": 100.0, "contrast": 50.0, "phash": 0}
    return pd.DataFrame(
        [{"id": f"{n}", "name": f"{n}.jpg", "pixels": f"{n}", **plain, **light, **row} for n, row in enumerate(rows)]
    ).astype({"phash": np.uint64})


FAR = 0xFFFF_0000_FFFF_0000


@pytest.mark.parametrize(
    ("rows", "given", "leaders"),
    [
        pytest.param([{}, {"phash": 0b1111}], Params(), ["0", "0"], id="four bits apart is near"),
        pytest.param([{}, {"phash": 0b11111}], Params(), ["0", "1"], id="five bits apart is not"),
        pytest.param([{}, {"phash": FAR}], Params(), ["0", "1"], id="far apart stays"),
        pytest.param([{}, {"width": 200}], Params(), ["1", "1"], id="more pixels win"),
        pytest.param([{}, {"sharpness": 9.0}], Params(), ["1", "1"], id="then the sharper one"),
        pytest.param([{}, {"width": 200}], Params(keep="first"), ["0", "0"], id="or the first by name"),
        pytest.param([{}, {"role": "anime"}], Params(), ["0", "1"], id="a drawing is no copy of a photo"),
        pytest.param([{}, {"brightness": 120.0}], Params(), ["0", "1"], id="another light is another picture"),
    ],
)
def test_the_best_of_a_cluster_stands_for_it(rows: list[dict[str, object]], given: Params, leaders: list[str]) -> None:
    decided = dedupe.decide(pictures(*rows), given)
    assert decided["duplicate_of"].fillna(decided["id"]).tolist() == leaders
    assert decided["keep"].tolist() == [leader == row for leader, row in zip(leaders, decided["id"], strict=True)]


def test_equal_pixels_are_exact_and_others_near() -> None:
    decided = dedupe.decide(pictures({"pixels": "x"}, {"pixels": "x"}, {"phash": 1}), Params())
    assert decided["reason"].fillna("kept").tolist() == ["kept", "exact_duplicate", "near_duplicate"]
    assert decided["distance"].tolist() == [0, 0, 1]
    assert decided["cluster"].tolist() == ["0", "0", "0"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"max_distance": 5}, "dedupe.max_distance is 5; use 0 to 4"),
        ({"keep": "bests"}, r"dedupe.keep is 'bests'; did you mean best\?"),
    ],
)
def test_a_mistaken_parameter_is_named(given: dict[str, object], said: str) -> None:
    with pytest.raises(UserError, match=said):
        Params(**given)  # type: ignore[arg-type]
