from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from tasks import dedupe
from tasks.core import image, manifest, near_index, thumbs
from tasks.core.errors import UserError
from tasks.core.hamming import distinct
from tasks.dedupe import Params, Prints

SCENE = np.random.default_rng(0).integers(60, 190, 256).astype(np.uint8)
OTHER = np.random.default_rng(1).integers(60, 190, 256).astype(np.uint8)
FAR = 0xFFFF_0000_FFFF_0000


def pictures(*rows: dict[str, object]) -> tuple[pd.DataFrame, Prints]:
    plain = {"role": "photo", "batch": "b", "position": 0, "width": 100, "height": 100, "sharpness": 5.0}
    looks = {"phash": 0, "thumb": SCENE}
    named = [
        {"id": f"{n}", "name": f"{n}.jpg", "pixels": f"{n}", **plain, **looks, **row} for n, row in enumerate(rows)
    ]
    table = pd.DataFrame(named).drop(columns="thumb").astype({"phash": np.uint64})
    cells = np.stack([np.asarray(row["thumb"], np.uint8) for row in named])
    return table, Prints(table["phash"].to_numpy(), thumbs.gradient_hash(cells), cells)


def decide(table: pd.DataFrame, prints: Prints, given: Params) -> pd.DataFrame:
    near = {}
    for role in sorted(table["role"].unique()):
        some = prints.of(np.flatnonzero(table["role"] == role))
        near[role] = tuple(near_index.build(distinct(hashes)) for hashes in (some.phash, some.gradient))
    leader = dedupe.clustered(table, prints, near, given)  # type: ignore[arg-type]
    return dedupe.decide(table, prints.phash, leader)


BRIGHTER = np.minimum(SCENE * 1.2, 255)
CAPTIONED = np.concatenate([SCENE[:224], SCENE[224:] // 3 + 90])


@pytest.mark.parametrize(
    ("rows", "given", "leaders"),
    [
        pytest.param([{}, {"phash": 0b1111, "thumb": BRIGHTER}], Params(), ["0", "0"], id="four bits apart is near"),
        pytest.param([{}, {"phash": FAR, "thumb": OTHER}], Params(), ["0", "1"], id="far apart stays"),
        pytest.param([{}, {"phash": 1, "thumb": OTHER}], Params(), ["0", "1"], id="another thumb is another picture"),
        pytest.param([{}, {"phash": 0xFF, "thumb": CAPTIONED}], Params(), ["0", "0"], id="a line of text"),
        pytest.param([{}, {"phash": 0xFFF}], Params(), ["0", "1"], id="the perceptual hash has to agree as well"),
        pytest.param([{}, {"phash": 0xFFF}], Params(max_phash=12), ["0", "0"], id="as far as the settings say"),
        pytest.param(
            [{"thumb": SCENE * 0 + 9}, {"thumb": SCENE * 0 + 200}], Params(), ["0", "1"], id="black and white"
        ),
        pytest.param([{}, {"width": 200}], Params(), ["1", "1"], id="more pixels win"),
        pytest.param([{}, {"sharpness": 9.0}], Params(), ["1", "1"], id="then the sharper one"),
        pytest.param([{"position": 1}, {}], Params(), ["1", "1"], id="then the one that came first"),
        pytest.param([{}, {"width": 200}], Params(keep="first"), ["0", "0"], id="or the first by name"),
        pytest.param([{"position": 1}, {"width": 9}], Params(keep="first"), ["1", "1"], id="or the first batch's"),
        pytest.param([{}, {"role": "anime"}], Params(), ["0", "1"], id="a drawing is no copy of a photo"),
        pytest.param(
            [{"width": 300, "thumb": SCENE}, {"phash": 0x3F}, {"phash": 0xFFF}],
            Params(),
            ["0", "0", "2"],
            id="who is like a member only leads on its own",
        ),
    ],
)
def test_the_best_of_a_cluster_stands_for_it(rows: list[dict[str, object]], given: Params, leaders: list[str]) -> None:
    decided = decide(*pictures(*rows), given)
    assert decided["duplicate_of"].fillna(decided["id"]).tolist() == leaders
    assert decided["keep"].tolist() == [leader == row for leader, row in zip(leaders, decided["id"], strict=True)]


def test_equal_pixels_are_exact_and_others_near() -> None:
    decided = decide(*pictures({"pixels": "x"}, {"pixels": "x"}, {"phash": 1}), Params())
    assert decided["reason"].fillna("kept").tolist() == ["kept", "exact_duplicate", "near_duplicate"]
    assert decided["distance"].tolist() == [0, 0, 1]
    assert decided["cluster"].tolist() == ["0", "0", "0"]


def test_the_order_of_rows_changes_no_decision() -> None:
    chance = np.random.default_rng(5)
    rows: list[dict[str, object]] = [
        {"phash": int(bits), "width": int(width)} for bits, width in chance.integers(64, size=(40, 2))
    ]
    table, prints = pictures(*rows)
    shuffled = chance.permutation(len(table))
    decided = decide(table, prints, Params(max_phash=3))
    again = decide(table.iloc[shuffled].reset_index(drop=True), prints.of(shuffled), Params(max_phash=3))
    pd.testing.assert_frame_equal(decided, again.sort_values("id", key=lambda ids: ids.astype(int), ignore_index=True))


@pytest.fixture
def collection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Ingest's output: a JPEG, its lossless copy under another digest, a copy at lower quality, another picture."""
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text("dedupe: {max_distance: 4, max_phash: 10, min_likeness: 0.85, keep: best}\n")
    scene = image.resize(np.repeat(SCENE.reshape(16, 16, 1), 3, 2), 96, 96)
    jpeg = image.encode_jpeg(scene, 93)
    files = [jpeg, image.encode_png(image.decode(jpeg)), image.encode_jpeg(scene, 60), image.encode_png(scene[::-1])]
    rows = [row(f"{n}", data, OTHER if n == 3 else SCENE) for n, data in enumerate(files)]
    rows[3] |= {"phash": FAR}
    manifest.write_rows([*rows, {"id": "4", "reason": "empty"}], dedupe.SOURCE / "b-0000.parquet", manifest.INGEST)
    manifest.write(
        pa.Table.from_pylist([{"batch": "b", "position": 0}], manifest.BATCH), dedupe.BATCHES, manifest.BATCH
    )
    return tmp_path


def row(name: str, data: bytes, cells: "np.ndarray[tuple[int], np.dtype[np.uint8]]") -> dict[str, object]:
    made = {"id": name, "name": name, "role": "photo", "batch": "b", "width": 96, "height": 96, "pixels": name}
    return made | {"phash": 5, "sharpness": 10.0, "thumb": cells.tobytes(), "image": {"bytes": data, "path": None}}


def test_a_lossless_copy_is_exact_whatever_its_digest(collection: Path) -> None:
    dedupe.main()
    decided = manifest.read(collection / dedupe.OUT, manifest.DEDUPE).to_pylist()
    assert [row["reason"] for row in decided] == [None, "exact_duplicate", "near_duplicate", None]
    assert (collection / dedupe.REPORT).read_text().count('"clusters": 2') == 1


def test_a_second_run_changes_no_byte_and_strangers_go(collection: Path) -> None:
    dedupe.main()
    before = {path: path.read_bytes() for path in [dedupe.OUT, *dedupe.NEAR.iterdir()]}
    (dedupe.NEAR / "cat-phash.near").write_bytes(b"")
    dedupe.main()
    assert before == {path: path.read_bytes() for path in [dedupe.OUT, *dedupe.NEAR.iterdir()]}
    assert sorted(path.name for path in (collection / dedupe.NEAR).iterdir()) == [
        "photo-gradient.near",
        "photo-phash.near",
    ]


def test_a_batch_without_a_place_is_named(collection: Path) -> None:
    (collection / dedupe.BATCHES).unlink()
    manifest.write(manifest.BATCH.empty_table(), dedupe.BATCHES, manifest.BATCH)
    with pytest.raises(UserError, match="lacks the batch 'b'"):
        dedupe.main()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"max_distance": 5}, "dedupe.max_distance is 5; use 0 to 4"),
        ({"max_phash": 65}, "dedupe.max_phash is 65; use 0 to 64 bits"),
        ({"min_likeness": 2.0}, "dedupe.min_likeness is 2.0; use -1 to 1"),
        ({"keep": "bests"}, r"dedupe.keep is 'bests'; did you mean best\?"),
    ],
)
def test_a_mistaken_parameter_is_named(given: dict[str, object], said: str) -> None:
    with pytest.raises(UserError, match=said):
        Params(**given)  # type: ignore[arg-type]
