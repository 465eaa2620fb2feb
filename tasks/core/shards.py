"""An output folder that is its own memo: what still holds stays, what is missing is made, the rest goes.

Each shard carries in its Parquet footer the key it was made under: digests of its input, of the stage's code, of the
schema, of its parameters and of its models. From scratch or step by step, after a kill or without: the same folder,
byte for byte.
"""

import hashlib
import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
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


def update(output: Output, inputs: Mapping[str, str], make: Callable[[str], pa.Table]) -> int:
    """Bring the folder to one shard per input (name -> digest); returns how many `make(name)` had to make.

    `make` is a pure function of the named input; the shard appears whole or not at all.
    """
    output.folder.mkdir(parents=True, exist_ok=True)
    code = [inspect.getsource(module) for module in output.code]
    shared = digest(*code, str(output.schema), settings_digest(output.settings))
    keys = {f"{name}.parquet": digest(shared, found) for name, found in inputs.items()}
    _prune(output.folder, set(keys))
    missing = [name for name in sorted(keys) if key_of(output.folder / name) != keys[name]]
    log.info("%s: %d of %d shards to make", output.folder, len(missing), len(keys))
    for name in progress(missing, output.folder.name):
        table = make(name.removesuffix(".parquet"))
        manifest.write(table, output.folder / name, output.schema, {"key": keys[name]})
    return len(missing)


def inputs_of(folder: Path) -> dict[str, str]:
    """The folder's shards as inputs: name without extension -> digest of the file."""
    return {shard.stem: file_digest(shard) for shard in manifest.shards(folder)}


def key_of(shard: Path) -> str | None:
    """The key in the shard's footer; None when there is no whole shard of ours."""
    try:
        meta = pq.read_schema(shard).metadata or {}
    except (OSError, pa.ArrowInvalid):
        return None
    return bytes(meta.get(b"key", b"")).decode() or None


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


def _prune(folder: Path, wanted: set[str]) -> None:
    """Delete what no input asks for, leftovers of a killed run included."""
    for path in folder.iterdir():
        if path.name not in wanted and path.is_file():
            path.unlink()
