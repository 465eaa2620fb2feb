"""An output folder that is its own memo: what still holds stays, what is missing is made, the rest goes.

Each shard carries in its Parquet footer the key it was made under: digests of its input, of the stage's code, of the
schema, of its parameters and of its models. Beside it stands the basis of its rows, the same without which of them the
shard holds. From scratch or step by step, after a kill or without: the same folder, byte for byte.
"""

import hashlib
import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.core import manifest
from tasks.core.stage import log, progress


@dataclass(frozen=True)
class Output:
    """A folder of shards under one schema, and what their keys share: code, parameters, models."""

    folder: Path
    schema: pa.Schema
    code: tuple[ModuleType, ...]
    settings: Mapping[str, Any]

    @cached_property
    def shared(self) -> str:
        """The digest of what every shard depends on."""
        code = [inspect.getsource(module) for module in self.code]
        return digest(*code, str(self.schema), settings_digest(self.settings))


def update(
    output: Output, inputs: Mapping[str, str], make: Callable[[str], pa.Table], bases: Mapping[str, str] | None = None
) -> int:
    """Bring the folder to one shard per input (name -> digest); returns how many `make(name)` had to make.

    `make` is a pure function of the named input; the shard appears whole or not at all. `bases` says what every single
    row is a function of, where that is less than the input, so that `make` may take over rows that are `known`.
    """
    output.folder.mkdir(parents=True, exist_ok=True)
    keys = {f"{name}.parquet": digest(output.shared, found) for name, found in inputs.items()}
    _prune(output.folder, set(keys))
    missing = [name for name in sorted(keys) if key_of(output.folder / name) != keys[name]]
    log.info("%s: %d of %d shards to make", output.folder, len(missing), len(keys))
    for name in progress(missing, output.folder.name):
        stem = name.removesuffix(".parquet")
        basis = digest(output.shared, (bases or inputs)[stem])
        manifest.write(make(stem), output.folder / name, output.schema, {"key": keys[name], "basis": basis})
    return len(missing)


def known(output: Output, name: str, basis: str) -> list[dict[str, Any]]:
    """The rows of the shard that is about to be made anew, if each that stays would come out the same; else none."""
    shard = output.folder / f"{name}.parquet"
    if basis_of(shard) != digest(output.shared, basis):
        return []
    rows: list[dict[str, Any]] = manifest.read(shard, output.schema).to_pylist()
    return rows


def inputs_of(folder: Path) -> dict[str, str]:
    """The folder's shards as inputs: name without extension -> digest of the file."""
    return {shard.stem: file_digest(shard) for shard in manifest.shards(folder)}


def key_of(shard: Path) -> str | None:
    """The key in the shard's footer; None when there is no whole shard of ours."""
    return _footer(shard, b"key") or None


def basis_of(shard: Path) -> str:
    """The basis in the shard's footer; empty when there is no whole shard of ours."""
    return _footer(shard, b"basis")


def file_digest(path: Path) -> str:
    """The sha256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest(*parts: str | bytes) -> str:
    """The sha256 over length-prefixed parts, in hex: no two lists of parts run together."""
    total = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        total.update(len(data).to_bytes(8, "big") + data)
    return total.hexdigest()


def settings_digest(settings: Mapping[str, Any]) -> str:
    """One digest of plain values and frozen dataclasses, whatever the order of their keys."""
    return digest(json.dumps(settings, sort_keys=True, default=asdict))


def _footer(shard: Path, name: bytes) -> str:
    try:
        meta = pq.read_schema(shard).metadata or {}
    except (OSError, pa.ArrowInvalid):
        return ""
    return bytes(meta.get(name, b"")).decode()


def _prune(folder: Path, wanted: set[str]) -> None:
    """Delete what no input asks for, leftovers of a killed run included."""
    for path in folder.iterdir():
        if path.name not in wanted and path.is_file():
            path.unlink()
