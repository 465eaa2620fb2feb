"""What another tool finds in an export: loaded with that tool where it can be installed."""

import json
import re
import shutil
import warnings
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
import yaml

from tasks.core import manifest
from tasks.core.errors import UserError
from tasks.core.image import decode_own
from tasks.export import Request, export
from tests.exports import collection

TODAY = "2026-12-01"
ACCEPTED = 12  # three teacher's drawings and one hand-made pair of each of three people
ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    (folder / "params.yaml").write_text((ROOT / "params.yaml").read_text())
    collection.write(folder / "data")
    return folder


@pytest.fixture(autouse=True)
def inside(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder by its path."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def loaded(folder: Path, cache: Path) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        datasets = import_module("datasets")

        datasets.disable_progress_bars()
        return datasets.load_dataset(str(folder), cache_dir=str(cache))


def test_parquet_loads_with_datasets_its_pictures_typed_as_images(tmp_path: Path) -> None:
    export(Request("parquet", str(tmp_path / "out")), today=TODAY)
    found = loaded(tmp_path / "out", tmp_path / "cache")
    assert {split: len(rows) for split, rows in found.items()} == {"train": 4, "val": 4, "test": 4}
    row = found["test"][0]
    assert (row["photo"].size, row["anime"].size, row["photo_gender"]) == ((128, 128), (128, 128), "male")
    assert {row["photo_licence"] for row in found["test"]} == {"CC-BY-4.0"}
    assert {row["person"] for row in found["test"]} == {"hopper"}


def test_the_pictures_are_those_of_the_pair(tmp_path: Path) -> None:
    export(Request("parquet", str(tmp_path / "out")), today=TODAY)
    rows = pq.read_table(tmp_path / "out/data/train-00000-of-00001.parquet").to_pylist()
    own = {row["pair_id"]: decode_own(row["photo"]["bytes"]) for row in rows}
    np.testing.assert_array_equal(own["tcollins2"], collection.face("collins", 2))


def test_faces_have_a_column_for_every_label_and_its_origin(tmp_path: Path) -> None:
    export(Request("parquet", str(tmp_path / "out"), what="faces"), today=TODAY)
    found = loaded(tmp_path / "out", tmp_path / "cache")
    drawn = [row for rows in found.values() for row in rows if row["role"] == "anime"]
    assert len(drawn) == 6
    assert {row["style"] for row in drawn} == {"cel"}
    assert {"age", "age_score", "age_origin", "consent", "expires"} <= set(drawn[0])


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # webdataset leaves files open
def test_webdataset_yields_each_pair_with_its_facts(tmp_path: Path) -> None:
    webdataset = import_module("webdataset")
    export(Request("webdataset", str(tmp_path / "out")), today=TODAY)
    reader = webdataset.WebDataset(str(tmp_path / "out/val-000000.tar"), shardshuffle=False).decode("rgb8")
    found = {sample["__key__"]: sample for sample in reader}
    assert set(found) == {"tsixth0", "tsixth1", "tsixth2", "msixth"}
    assert found["msixth"]["json"]["photo_expires"] == "2027-03-01"
    np.testing.assert_array_equal(found["tsixth1"]["photo.png"], collection.face("sixth", 1))


@pytest.mark.parametrize("what", ["pairs", "faces"])
def test_neither_a_place_on_this_machine_nor_a_reviewer_leaves(
    what: str, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sections = yaml.safe_load((project / "params.yaml").read_text())
    sections["pair"]["teacher"] = "/home/ada/ink.onnx"
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(sections))
    monkeypatch.chdir(tmp_path)
    export(Request("webdataset", "out", what=what), project / "data", today=TODAY)
    written = contents(tmp_path / "out")
    assert b"teacher: ink.onnx" in written["README.md"]
    assert not [name for name, data in written.items() if re.search(rb"\bada\b", data)]


def image_folder(root: Path) -> tuple[dict[str, int], list[tuple[str, int]]]:
    """torchvision's documented rule: folders below root are classes by name; samples are the pictures below them."""
    classes = sorted(entry.name for entry in root.iterdir() if entry.is_dir())
    numbers = {name: number for number, name in enumerate(classes)}
    samples = [
        (str(path.relative_to(root)), numbers[name])
        for name in classes
        for path in sorted((root / name).rglob("*"))
        if path.suffix in (".png", ".jpg", ".jpeg", ".webp")
    ]
    empty = set(numbers.values()) - {number for _, number in samples}
    assert not empty, "torchvision refuses a class without a picture"
    return numbers, samples


@pytest.mark.parametrize(
    ("request_", "classes", "count"),
    [
        (Request("folders", "out"), {"anime": 0, "photo": 1}, 8),
        (Request("folders", "out", what="faces"), {"anime": 0, "photo": 1}, 6),
        (Request("folders", "out", what="faces", by="gender"), {"female": 0, "unknown": 1}, 6),
    ],
)
def test_folders_are_what_image_folder_reads(
    request_: Request, classes: dict[str, int], count: int, tmp_path: Path
) -> None:
    export(Request(**vars(request_) | {"out": str(tmp_path / "out")}), today=TODAY)
    found, samples = image_folder(tmp_path / "out" / "train")
    assert (found, len(samples)) == (classes, count)


def test_folders_carry_their_facts_to_hugging_faces_image_folder_too(tmp_path: Path) -> None:
    export(Request("folders", str(tmp_path / "out"), what="faces"), today=TODAY)
    rows = loaded(tmp_path / "out", tmp_path / "cache")["train"]
    assert {row["gender"] for row in rows} == {"female", "unknown"}
    assert rows[0]["image"].size == (128, 128)


def test_pix2pix_has_the_photo_left_and_the_drawing_right(tmp_path: Path) -> None:
    export(Request("pix2pix", str(tmp_path / "out")), today=TODAY)
    files = sorted(path.name for path in (tmp_path / "out" / "train").glob("*.png"))
    assert files == ["mcollins.png", "tcollins0.png", "tcollins1.png", "tcollins2.png"]
    both = decode_own((tmp_path / "out" / "train" / "tcollins1.png").read_bytes())
    assert both.shape == (128, 256, 3)
    np.testing.assert_array_equal(both[:, :128], collection.face("collins", 1))


@pytest.mark.parametrize("layout", ["parquet", "folders", "pix2pix", "webdataset"])
def test_the_same_request_gives_the_same_bytes(layout: str, tmp_path: Path) -> None:
    for name in ("one", "two"):
        export(Request(layout, str(tmp_path / name)), today=TODAY)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_licences_leave_out_what_they_do_not_name(tmp_path: Path) -> None:
    free = ("CC0-1.0", "CC-BY-4.0")
    said = export(Request("folders", str(tmp_path / "out"), what="faces", licences=free), today=TODAY)
    assert "licence 1" in said
    assert "not for publishing" not in said
    assert len(list((tmp_path / "out").rglob("*.png"))) == 14


def test_an_unclear_licence_is_exported_with_a_warning(tmp_path: Path) -> None:
    said = export(Request("folders", str(tmp_path / "out"), what="faces"), today=TODAY)
    assert "not for publishing: pictures under unknown (1)" in said
    assert "Do not publish this as it is" in (tmp_path / "out" / "README.md").read_text()


def test_a_consent_that_has_ended_keeps_its_pictures_at_home(tmp_path: Path) -> None:
    said = export(Request("webdataset", str(tmp_path / "out")), today="2027-03-02")
    assert "consent_expired 4" in said
    assert not list((tmp_path / "out").glob("val-*"))


def test_drawings_are_held_out_with_the_photos_they_are_compared_with(tmp_path: Path) -> None:
    export(Request("parquet", str(tmp_path / "out"), what="faces"), today=TODAY)
    rows = pq.read_table(tmp_path / "out/data/test-00000-of-00001.parquet").to_pylist()
    drawn = [row["face_id"] for row in rows if row["role"] == "anime"]
    assert drawn == ["a-collins-1-0", "a-hopper-0-0"], "a candidate of the held-out person holds its drawing out"


def test_an_export_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tasks.exports import card

    def broken(*_: object) -> str:
        raise OSError("no space left")

    monkeypatch.setattr(card, "render", broken)
    with pytest.raises(OSError, match="no space"):
        export(Request("folders", str(tmp_path / "out")), today=TODAY)
    assert list(tmp_path.iterdir()) == []


def test_a_target_that_holds_something_is_refused_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UserError, match="is there already; name another folder, or delete it"):
        export(Request("parquet", str(tmp_path)), today=TODAY)


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"format": "parket"}, "--format is 'parket'; did you mean parquet?"),
        ({"what": "people"}, "--what is 'people'; known: faces, pairs"),
        ({"split": ("tset",)}, "--split is 'tset'; did you mean test?"),
        ({"split": ()}, "--split is empty; name some of train, val, test"),
        ({"status": ("acepted",)}, "--status is 'acepted'; did you mean accepted?"),
        ({"format": "pix2pix", "what": "faces"}, "--format pix2pix joins pairs; use --what pairs"),
        ({"format": "folders", "by": "genre"}, "--by is 'genre'; did you mean gender?"),
        ({"by": "gender"}, "--by gender needs --format folders and --what faces"),
    ],
)
def test_a_request_that_cannot_be_met_names_the_remedy(options: dict[str, Any], fault: str) -> None:
    with pytest.raises(UserError, match=fault.replace("?", r"\?")):
        Request(**{"format": "parquet", "out": "out"} | options)


def test_when_nothing_is_left_it_says_what_took_it(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no pairs are left to export; left out: licence 12"):
        export(Request("parquet", str(tmp_path / "out"), licences=("MIT",)), today=TODAY)
    with pytest.raises(UserError, match="--split train --status rejected names none"):
        export(Request("parquet", str(tmp_path / "out"), split=("train",), status=("rejected",)), today=TODAY)


def test_pairs_of_faces_that_are_gone_ask_for_a_new_pairing(project: Path, tmp_path: Path) -> None:
    shutil.copytree(project / "data", tmp_path / "data")
    faces = manifest.read_all(tmp_path / "data" / "align", manifest.ALIGN).slice(1)
    manifest.write(faces, tmp_path / "data" / "align" / "all-0000.parquet", manifest.ALIGN)
    with pytest.raises(UserError, match="names 1 faces that data/align lacks; `dvc repro pair`"):
        export(Request("parquet", str(tmp_path / "out")), data=tmp_path / "data", today=TODAY)


def test_no_facts_are_lost_on_the_way_to_json(tmp_path: Path) -> None:
    export(Request("webdataset", str(tmp_path / "tars"), split=("test",)), today=TODAY)
    export(Request("parquet", str(tmp_path / "table"), split=("test",)), today=TODAY)
    names = set(pq.read_schema(tmp_path / "table/data/test-00000-of-00001.parquet").names) - {"photo", "anime"}
    text = (tmp_path / "tars/test-000000.tar").read_bytes()
    start = text.index(b'{"anime_age"')
    assert set(json.loads(text[start : text.index(b"}", start) + 1])) == names


def test_a_crop_whose_picture_is_no_longer_let_in_stays_at_home(project: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(project / "data", data)
    for shard in manifest.shards(data / "ingest"):
        rows = manifest.read(shard, manifest.INGEST).to_pylist()
        first = next(row for row in rows if row["reason"] is None)
        first.update(reason="consent_expired", image=None)
        manifest.write_rows(rows, shard, manifest.INGEST)
    with pytest.raises(UserError, match="does not let in; `dvc repro pair`"):
        export(Request("folders", str(tmp_path / "out"), what="faces"), data)
    assert not (tmp_path / "out").exists()
