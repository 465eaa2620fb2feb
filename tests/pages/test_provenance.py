from pathlib import Path

import pyarrow as pa
import pytest

from tasks.core import manifest
from tasks.pages import provenance


def test_versions_name_python_and_what_results_depend_on() -> None:
    found = provenance.versions()
    assert {"python", "torch", "onnxruntime", "dlib-bin", "numpy"} <= set(found)


def test_settings_are_shown_section_by_section_in_the_order_of_the_file() -> None:
    assert provenance.settings({"align": {"size": 256}, "faces": {"backend": "dlib", "licence": "any"}}) == {
        "align": "size: 256\n",
        "faces": "backend: dlib\nlicence: any\n",
    }


def test_a_model_is_listed_once_with_all_its_roles_and_its_licence() -> None:
    lines = provenance.used([("dlib", "tells people apart"), ("yunet_s_640", "finds faces"), ("dlib", "scores")])
    assert [(line.name, line.role, line.commercial) for line in lines] == [
        ("dlib", "tells people apart, scores", "yes"),
        ("yunet_s_640", "finds faces", "yes"),
    ]


@pytest.mark.parametrize("name", ["base", "student", "embedded", "landmarks", "somewhere/base.safetensors"])
def test_what_was_trained_here_is_to_be_checked_and_says_where_its_card_is(name: str) -> None:
    (line,) = provenance.used([(name, "draws")])
    assert (line.commercial, line.licence) == ("check", "MIT; trained on photos of unclear rights")
    assert line.source.startswith("trained here: data/models/")


def test_a_file_that_only_shares_its_name_with_one_of_the_registry_is_its_users() -> None:
    (line,) = provenance.used([("mine/base.pt", "teacher")])
    assert line.source == "not in the registry"


def test_a_file_that_the_registry_does_not_know_is_for_its_user_to_check() -> None:
    (line,) = provenance.used([("models/mine.onnx", "teacher")])
    assert (line.commercial, line.source) == ("check", "not in the registry")


def test_a_digest_of_a_folder_follows_the_keys_of_its_shards_and_absent_paths_are_left_out(tmp_path: Path) -> None:
    def write(key: str) -> None:
        table = pa.Table.from_pylist([], schema=manifest.TEACHER)
        manifest.write(table, tmp_path / "teacher" / "a.parquet", manifest.TEACHER, {"key": key})

    write("one")
    first = provenance.digests([tmp_path / "teacher", tmp_path / "absent"])
    write("two")
    second = provenance.digests([tmp_path / "teacher"])
    assert list(first) == [str(tmp_path / "teacher")]
    assert first != second


def test_manifests_are_counted_by_their_rows_and_absent_ones_are_left_out(tmp_path: Path) -> None:
    batch = {"batch": "a", "position": 0, "kind": "sample", "role": "photo", "source": "a", "files": 2, "kept": 1}
    manifest.write_rows([batch, batch | {"batch": "b"}], tmp_path / "batches.parquet", manifest.BATCH)
    drawn = {"face_id": "a-0", "image": {"bytes": b"", "path": None}, "teacher": "cel"}
    for shard in ("a", "b"):
        manifest.write_rows([drawn], tmp_path / "teacher" / f"{shard}.parquet", manifest.TEACHER)
    assert provenance.counts(tmp_path) == {str(tmp_path / "teacher"): 2, str(tmp_path / "batches.parquet"): 2}
