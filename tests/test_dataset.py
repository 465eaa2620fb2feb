"""The embedded sample through the real stages, ingest to pair, with the backend that needs no download."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
import yaml

from tasks import sample
from tasks.core import manifest
from tasks.core.image import decode_own

ROOT = Path(__file__).parent.parent
STAGES = ["ingest", "dedupe", "quality", "align", "label", "pair"]

pytestmark = pytest.mark.slow


def stage(name: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "SELFIE2ANIME_MODELS": ""}
    command = [sys.executable, "-m", f"tasks.{name}"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def settings(folder: Path, **sections: dict[str, object]) -> None:
    given = yaml.safe_load((ROOT / "params.yaml").read_text())
    for name, values in sections.items():
        given[name] |= values
    (folder / "params.yaml").write_text(yaml.safe_dump(given))


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder in which every stage up to pair has run."""
    folder = tmp_path_factory.mktemp("dataset")
    settings(folder)
    (folder / "data/sources").mkdir(parents=True)
    (folder / "data/sources/labels.csv").write_text("image,attribute,value\nphotos/hopper-0.jpg,glasses,glasses\n")
    pairs = "photo,anime\nphotos/hopper-0.jpg,anime/hopper-1.png\n"
    (folder / "data/sources/pairs.csv").write_text(pairs)
    for name in STAGES:
        done = stage(name, folder)
        assert done.returncode == 0, done.stderr
    yield folder
    shutil.rmtree(folder)


def names(folder: Path) -> "pd.Series[str]":
    rows = manifest.read_all(folder / "data/ingest", manifest.INGEST, ["id", "name"]).to_pandas()
    return pd.Series(rows["name"].to_numpy(), rows["id"].to_numpy())


def reasons(folder: Path) -> dict[str, str]:
    """File name -> why it went no further, over all stages."""
    ingest = manifest.read_all(folder / "data/ingest", manifest.INGEST, ["id", "name", "reason"]).to_pandas()
    found = {
        str(row.name_): str(row.reason) for row in ingest.rename(columns={"name": "name_"}).itertuples() if row.reason
    }
    by_id = ingest[ingest["reason"].isna()].set_index("id")["name"]
    for file, schema in (("dedupe", manifest.DEDUPE), ("quality", manifest.QUALITY)):
        rows = manifest.read(folder / f"data/{file}.parquet", schema, ["id", "reason"]).to_pylist()
        found |= {by_id[row["id"]]: row["reason"] for row in rows if row["reason"]}
    return {name: reason for name, reason in found.items() if reason not in ("None", "nan")}


def test_every_case_of_the_sample_goes_for_the_reason_it_is_named_after(dataset: Path) -> None:
    found = reasons(dataset)
    assert {f"rejects/{case}.jpg": case for case in sample.CASES} == {
        name: reason for name, reason in found.items() if name.startswith("rejects/")
    }


def test_the_faces_that_look_at_the_camera_all_come_through(dataset: Path) -> None:
    kept = manifest.read_all(dataset / "data/align", manifest.ALIGN, ["id", "subject", "role"]).to_pandas()
    photos = kept[kept["role"] == "photo"]
    assert set(photos["subject"]) == {f"sample-{person}" for person in sample.SITTERS if person != "fifth"}
    assert len(photos) == 35


def test_a_teachers_drawing_lies_pixel_on_pixel_over_its_photo(dataset: Path) -> None:
    crops = manifest.read_all(dataset / "data/align", manifest.ALIGN, ["face_id", "image"]).to_pylist()
    photos = {row["face_id"]: decode_own(row["image"]["bytes"]) for row in crops}
    drawn = manifest.read_all(dataset / "data/teacher", manifest.TEACHER).to_pylist()
    assert len(drawn) == 35
    for row in drawn:
        drawing, photo = decode_own(row["image"]["bytes"]), photos[row["face_id"]]
        assert drawing.shape == photo.shape
        assert abs(drawing.astype(int) - photo).mean() < 20


def test_no_person_is_on_two_sides(dataset: Path) -> None:
    pairs = manifest.read(dataset / "data/pair.parquet", manifest.PAIR).to_pandas()
    assert (pairs.groupby("person")["split"].nunique() == 1).all()
    assert set(pairs["split"]) == {"train", "val", "test"}


def test_no_drawing_is_matched_twice_and_matches_wait_for_review(dataset: Path) -> None:
    pairs = manifest.read(dataset / "data/pair.parquet", manifest.PAIR).to_pandas()
    matches = pairs[pairs["method"] == "match"]
    assert matches[matches["rank"] == 1]["anime"].is_unique
    assert set(matches["status"]) == {"candidate"}
    assert matches["reasons"].str.contains("appearance ").all()


def test_what_a_person_says_wins(dataset: Path) -> None:
    by_name = names(dataset)
    labels = manifest.read(dataset / "data/label.parquet", manifest.LABEL).to_pandas()
    hopper = by_name[by_name == "photos/hopper-0.jpg"].index[0]
    row = labels[labels["face_id"] == f"{hopper}-0"].iloc[0]
    assert (row["glasses"], row["glasses_score"], row["glasses_origin"]) == ("glasses", 1.0, "person")
    pairs = manifest.read(dataset / "data/pair.parquet", manifest.PAIR).to_pandas()
    by_hand = pairs[pairs["method"] == "manual"]
    assert [by_name[pair.split("-")[0]] for pair in by_hand["anime"]] == ["anime/hopper-1.png"]
    assert by_hand["status"].tolist() == ["accepted"]


def test_a_second_run_makes_nothing_and_changes_no_byte(dataset: Path) -> None:
    before = {path: path.read_bytes() for path in (dataset / "data").rglob("*.parquet")}
    said = [stage(name, dataset).stderr for name in STAGES]
    assert before == {path: path.read_bytes() for path in (dataset / "data").rglob("*.parquet")}
    assert "data/ingest: 0 of 1 shards to make" in said[0]
    assert "data/faces: 0 of 1 shards to make" in said[2]


def test_a_changed_threshold_decodes_nothing(dataset: Path) -> None:
    settings(dataset, quality={"min_side": 384})
    done = stage("quality", dataset)
    settings(dataset)
    assert "data/faces: 0 of 1 shards to make" in done.stderr
    counts = json.loads((dataset / "reports/quality.json").read_text())
    assert "small" not in counts["reasons"]
    assert stage("quality", dataset).returncode == 0


@pytest.mark.parametrize(
    ("section", "values", "name", "said"),
    [
        ("quality", {"min_side": 5000}, "quality", r"no photo is left after quality; it took {'small': "),
        ("quality", {"min_sied": 1}, "quality", "params.yaml: quality.min_sied is unknown; did you mean min_side?"),
        ("faces", {"backend": "dlip"}, "quality", "faces.backend is 'dlip'; did you mean dlib?"),
        (
            "pair",
            {"teacher": "none", "seed": 1},
            "pair",
            "no accepted pair is left to train on (accepted: {'test': 1}); set pair.teacher",
        ),
        ("pair", {"teacher": "nowhere.onnx"}, "pair", "pair.teacher 'nowhere.onnx' is no file"),
        ("ingest", {"sources": [{"kind": "folder", "path": "no/where"}]}, "ingest", "'no/where' is no folder"),
        ("ingest", {"allowed_licences": ["CC0-1.0"]}, "ingest", "sample has licence public-domain, research-only"),
    ],
)
def test_a_mistake_ends_with_one_line_and_code_two(
    dataset: Path, section: str, values: dict[str, object], name: str, said: str
) -> None:
    before = {path: path.read_bytes() for path in (dataset / "data").rglob("*.parquet")}
    settings(dataset, **{section: values})
    done = stage(name, dataset)
    settings(dataset)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert before == {path: path.read_bytes() for path in (dataset / "data").rglob("*.parquet")}
