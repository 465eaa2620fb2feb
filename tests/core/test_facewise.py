from pathlib import Path
from typing import Any

import pyarrow as pa

from tasks.core import facewise, hamming, manifest, shards
from tasks.core.pool import Pool

FACES = pa.schema([("face_id", pa.string()), ("light", pa.int32())])
OUT = pa.schema([("face_id", pa.string()), ("double", pa.int32())])


def source(folder: Path, faces: dict[str, int], basis: str) -> None:
    """A shard that holds these faces of a batch, all of which come from the same pictures."""
    output = shards.Output(folder, FACES, (hamming,), {})
    rows = [{"face_id": name, "light": light} for name, light in faces.items()]
    table = pa.Table.from_pylist(rows, schema=FACES)
    shards.update(output, {"a": shards.digest(repr(faces), basis)}, lambda _: table, {"a": basis})


def double(folder: Path, out: Path, setting: int = 0) -> list[str]:
    """The faces that had to be made."""
    made: list[str] = []

    def make(row: dict[str, Any]) -> dict[str, Any]:
        made.append(row["face_id"])
        return {"face_id": row["face_id"], "double": 2 * row["light"]}

    output = shards.Output(out, OUT, (hamming,), {"setting": setting})
    facewise.update(output, folder, lambda shard: manifest.read(shard, FACES).to_pylist(), make, Pool(1))
    return made


def test_a_face_that_comes_or_goes_leaves_the_others_alone(tmp_path: Path) -> None:
    source(tmp_path / "in", {"x": 1, "y": 2}, "pictures")
    assert double(tmp_path / "in", tmp_path / "out") == ["x", "y"]
    source(tmp_path / "in", {"w": 5, "y": 2}, "pictures")
    assert double(tmp_path / "in", tmp_path / "out") == ["w"]
    double(tmp_path / "in", tmp_path / "fresh")
    assert (tmp_path / "out/a.parquet").read_bytes() == (tmp_path / "fresh/a.parquet").read_bytes()


def test_other_pictures_or_settings_make_every_face_anew(tmp_path: Path) -> None:
    source(tmp_path / "in", {"x": 1, "y": 2}, "pictures")
    double(tmp_path / "in", tmp_path / "out")
    source(tmp_path / "in", {"x": 1, "y": 3}, "other pictures")
    assert double(tmp_path / "in", tmp_path / "out") == ["x", "y"]
    assert double(tmp_path / "in", tmp_path / "out", setting=1) == ["x", "y"]
    assert manifest.read(tmp_path / "out/a.parquet", OUT)["double"].to_pylist() == [2, 6]
