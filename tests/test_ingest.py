import hashlib
import json
import shutil
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from PIL import Image as Pil

from tasks import ingest, sample
from tasks.core import manifest, measures
from tasks.core.errors import UserError
from tasks.core.pool import Pool
from tasks.ingest import Params
from tasks.sources import policy
from tasks.sources.fetching import Fetch
from tasks.sources.opening import admitted, opened
from tasks.sources.policy import Policy
from tasks.sources.source import Source

ANY = Policy()


def folder_of(tmp_path: Path, files: dict[str, bytes]) -> Source:
    for name, data in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    return Source("folder", str(tmp_path), licence="CC0-1.0", batch="mine")


def png(side: int = 64, seed: int = 0) -> bytes:
    file = BytesIO()
    Pil.fromarray(np.random.default_rng(seed).integers(0, 255, (side, side, 3), np.uint8)).save(file, "PNG")
    return file.getvalue()


def rows(source: Source, max_megapixels: float = 100, rules: Policy = ANY) -> list[dict[str, Any]]:
    batch = opened(source, 2**20, Fetch())
    found: list[dict[str, Any]] = ingest.take(batch, list(batch.names), rules, max_megapixels, Pool(1)).to_pylist()
    return found


def reasons(source: Source, max_megapixels: float = 100, rules: Policy = ANY) -> dict[str, str | None]:
    return {row["name"]: row["reason"] for row in rows(source, max_megapixels, rules)}


def test_a_bad_file_is_a_row_with_a_reason(tmp_path: Path) -> None:
    files = {
        "a.png": png(),
        "b.png": png(),
        "c.png": png(seed=1)[:200],
        "d.png": b"",
        "e.png": b"text",
        "f/g.png": png(256, seed=2),
        "umläut 😀.png": png(seed=3),
    }
    assert reasons(folder_of(tmp_path, files), max_megapixels=0.06) == {
        "a.png": None,
        "b.png": "same_file",
        "c.png": "unreadable",
        "d.png": "empty",
        "e.png": "not_an_image",
        "f/g.png": "too_large",
        "umläut 😀.png": None,
    }


def test_hidden_files_and_links_are_no_pictures(tmp_path: Path) -> None:
    source = folder_of(tmp_path, {"a.png": png(), ".hidden.png": png(), ".dir/b.png": png()})
    (tmp_path / "link.png").symlink_to(tmp_path / "a.png")
    assert list(opened(source, 2**20, Fetch()).names) == ["a.png"]


def test_a_picture_without_metadata_format_is_stored_as_png(tmp_path: Path) -> None:
    file = BytesIO()
    Pil.new("RGB", (32, 32), "red").save(file, "TIFF")
    row = rows(folder_of(tmp_path, {"a.tiff": file.getvalue()}))[0]
    assert (row["format"], row["orientation"], row["width"]) == ("PNG", 1, 32)
    assert row["image"]["bytes"].startswith(b"\x89PNG")


def test_a_refused_picture_is_neither_decoded_nor_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest, "measured", lambda *_: pytest.fail("it was decoded"))
    source = folder_of(tmp_path, {"a.png": png()})
    row = rows(source, rules=Policy(consent_needed=True))[0]
    assert (row["reason"], row["image"], row["phash"]) == ("no_consent", None, None)
    assert row["id"] != hashlib.sha256(png()).hexdigest()[:16]


def test_a_file_above_the_limit_of_bytes_is_a_row_with_a_reason(tmp_path: Path) -> None:
    assert reasons(folder_of(tmp_path, {"a.png": png() + b"\0" * 2**20})) == {"a.png": "too_many_bytes"}


def test_measures_mean_the_same_at_every_resolution() -> None:
    face = sample.portrait("collins", sample.LOOKS[0])
    large, small = measures.measures(face), measures.measures(face[::2, ::2])
    for name in ("brightness", "contrast", "saturation"):
        assert large[name] == pytest.approx(small[name], rel=0.05)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (Source("folder", "nowhere"), "path 'nowhere' is no folder; correct or create it"),
        (Source("archive", "nowhere.zip"), "path 'nowhere.zip' is no file; correct it"),
        (Source("urls", "nowhere.csv"), "path 'nowhere.csv' is no file; correct it"),
        (Source("parquet", "nowhere.parquet"), "path 'nowhere.parquet' is or holds no .parquet file"),
        (Source("folder", "s4://bucket/x"), "path 's4://bucket/x' does not answer: Protocol not known: s4"),
        (Source("folder", "tests", records="nowhere.csv"), "records 'nowhere.csv' is no file; correct or write it"),
    ],
)
def test_a_source_that_cannot_be_is_named(source: Source, said: str) -> None:
    with pytest.raises(UserError, match=said):
        opened(source, 2**20, Fetch())


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (Source("folder", "tests"), "tests has licence unknown, which the policy refuses; .*: CC0-1.0"),
        (Source("sample"), "sample has licence public-domain, research-only, which the policy refuses"),
    ],
)
def test_a_source_without_an_allowed_licence_is_named(source: Source, said: str) -> None:
    with pytest.raises(UserError, match=said):
        ingest.check(opened(source, 2**20, Fetch()), Policy(licences=("CC0-1.0",)))


def test_a_source_with_one_allowed_licence_among_others_is_taken() -> None:
    batch = opened(Source("sample"), 2**20, Fetch())
    rules = Policy(licences=("research-only",))
    ingest.check(batch, rules)
    assert len(admitted(batch, list(batch.names), rules)) == 48  # six of eight people, five photos and three drawings


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no file; add pictures"):
        opened(Source("folder", str(tmp_path), batch="mine"), 2**20, Fetch())


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"kind": "zipp"}, "kind is 'zipp'; known: archive, folder, parquet, sample, urls"),
        ({"kind": "folder", "path": "x", "role": "photos"}, r"role is 'photos'; did you mean photo\?"),
        ({"kind": "folder"}, "a folder needs its `path`"),
        ({"kind": "urls"}, "a list of URLs needs its `path`"),
        ({"kind": "folder", "path": "x", "batch": "a/b"}, "batch is 'a/b'; use up to 100 letters"),
    ],
)
def test_a_mistaken_source_is_named(values: dict[str, str], said: str) -> None:
    with pytest.raises(UserError, match=said):
        Source(**values)


def test_two_batches_of_one_name_are_refused() -> None:
    with pytest.raises(UserError, match="two batches are named x; give each its own `batch`"):
        Params((Source("folder", "a/x"), Source("folder", "b/x")))


def test_batches_that_differ_by_case_alone_are_refused() -> None:
    with pytest.raises(UserError, match="two batches are named X, x"):
        Params((Source("folder", "a/x"), Source("archive", "b/X.zip")))


@pytest.mark.parametrize(
    ("kind", "path", "name"),
    [
        ("folder", "data/sources/my selfies/", "my-selfies"),
        ("archive", "s3://bucket/selfies.tar.gz", "selfies"),
        ("urls", "lists/week.27.csv", "week.27"),
        ("sample", "", "sample"),
    ],
)
def test_a_batch_is_named_after_the_last_part_of_its_path(kind: str, path: str, name: str) -> None:
    assert Source(kind, path).name == name


def test_records_of_no_file_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder_of(tmp_path / "z", {"a.png": png(), "records.csv": b"name\na.png\nb.png\nc.png\n"})
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text(yaml.safe_dump({"ingest": {"sources": [{"kind": "folder", "path": "z"}]}}))
    ingest.main()
    assert json.loads(ingest.REPORT.read_text())["records_of_no_file"] == 2


def test_each_batch_has_its_row_in_the_order_of_the_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder_of(tmp_path / "z", {"a.png": png(), "b.png": png(), "c.png": b""})
    folder_of(tmp_path / "b", {"a.png": png(seed=1)})
    monkeypatch.chdir(tmp_path)
    sources = [{"kind": "folder", "path": name} for name in ("z", "b")]
    Path("params.yaml").write_text(yaml.safe_dump({"ingest": {"sources": sources}}))
    ingest.main()
    found = manifest.read(ingest.BATCHES, manifest.BATCH).to_pylist()
    assert [(row["batch"], row["position"], row["files"], row["kept"]) for row in found] == [
        ("z", 0, 3, 1),
        ("b", 1, 1, 1),
    ]


@pytest.fixture(scope="module")
def drawn() -> list[sample.Item]:
    return list(sample.collection())


def test_the_samples_names_and_records_are_what_it_draws(drawn: list[sample.Item]) -> None:
    found = opened(Source("sample"), 2**20, Fetch())
    assert list(found.names) == sorted(item.name for item in drawn)
    for item in drawn:
        told = found.records.of(item.name)
        assert (told.role, told.licence, told.subject) == (item.role, item.licence, item.subject)


def test_the_sample_holds_what_it_says(drawn: list[sample.Item]) -> None:
    photos = [item for item in drawn if item.name.startswith("photos/")]
    assert len(photos) == 40
    assert len({item.subject for item in photos}) == 8
    assert sum(item.role == "anime" for item in drawn) == 24
    assert manifest.tally(item.name for item in drawn)["in"] == len({item.name for item in drawn})


def test_the_sample_is_the_same_bytes_twice() -> None:
    assert [item.data for item in sample.photos()] == [item.data for item in sample.photos()]


def test_a_consent_that_ends_takes_the_picture_out_and_the_folder_equals_one_from_scratch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder_of(tmp_path / "z", {"a.png": png(), "b.png": png(seed=1)})
    folder_of(tmp_path / "y", {"c.png": png(seed=2)})
    (tmp_path / "z/records.csv").write_text("name,consent,expires\na.png,7,2026-07-01\n")
    monkeypatch.chdir(tmp_path)
    sources = [{"kind": "folder", "path": name} for name in ("z", "y")]
    Path("params.yaml").write_text(yaml.safe_dump({"ingest": {"sources": sources}}))
    kept, shards = [], []
    for day in ("2026-07-01", "2026-07-02"):
        policy.TODAY.parent.mkdir(parents=True, exist_ok=True)
        policy.TODAY.write_text(day)
        ingest.main()
        found = manifest.read_all(ingest.OUT, manifest.INGEST).to_pylist()
        kept.append([row["name"] for row in found if row["image"]])
        shards.append({path.name: path.read_bytes() for path in manifest.shards(ingest.OUT)})
    assert (kept[0], kept[1]) == (["c.png", "a.png", "b.png"], ["c.png", "b.png"])
    assert [name[0] for name in shards[0] if shards[0][name] != shards[1][name]] == ["z"]
    shutil.rmtree(ingest.OUT)
    ingest.main()
    assert {path.name: path.read_bytes() for path in manifest.shards(ingest.OUT)} == shards[1]
