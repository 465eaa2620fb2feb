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


def test_a_file_that_the_registry_does_not_know_is_for_its_user_to_check() -> None:
    (line,) = provenance.used([("models/mine.onnx", "teacher")])
    assert (line.commercial, line.source) == ("check", "not in the registry")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("base", "base.safetensors (sha256 abababababababab)"),
        ("mine.pt", "mine.pt (sha256 abababababababab)"),
        ("scratch", "base.safetensors, since the fine-tuned one was trained from random weights"),
    ],
)
def test_the_baseline_is_told_in_words(name: str, words: str) -> None:
    assert provenance.baseline({"name": name, "digest": "ab" * 32}, Path("base.safetensors")) == words


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
