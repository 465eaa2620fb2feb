"""A path of this machine, read directly, or any URL that fsspec knows (s3://, gs://, memory:// ...)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, TypeVar, cast
from urllib.parse import unquote, urlsplit

import fsspec

from tasks.core import shards
from tasks.core.errors import UserError

T = TypeVar("T")
CHANGED = ("ETag", "etag", "LastModified", "mtime", "created")  # what filesystems call the mark of a change


def local(path: str) -> Path | None:
    """The path on this machine; None for a URL of elsewhere."""
    if path.startswith("file://"):
        return Path(unquote(urlsplit(path).path))
    return None if "://" in path else Path(path)


def listed(path: str) -> dict[str, int] | None:
    """Name -> bytes of every file below the folder, sorted; None where there is no folder.

    What starts with a dot, and links, are no pictures.
    """
    here = local(path)
    found = _local_files(here) if here else _remote_files(path)
    return found and {name: found[name] for name in sorted(found) if not hidden(name)}


def hidden(name: str) -> bool:
    """Whether a file is its system's own business rather than a picture."""
    return any(part == "__MACOSX" or (part[:1] == "." and part not in (".", "..")) for part in name.split("/"))


def is_file(path: str) -> bool:
    """Whether a file is there."""
    here = local(path)
    return here.is_file() if here else _answer(path, "isfile")


def opened(path: str) -> BinaryIO:
    """The file, to be read and sought in."""
    here = local(path)
    return _read(here, lambda file: file.open("rb")) if here else cast(BinaryIO, _answer(path, "open", "rb"))


def joined(folder: str, name: str) -> str:
    """The path or URL of a file below the folder."""
    here = local(folder)
    return str(here / name) if here else f"{folder.rstrip('/')}/{name}"


def digest(path: str) -> str:
    """A digest of a file's bytes; of a remote file, of what its store says about it (its ETag, as a rule)."""
    here = local(path)
    return _read(here, shards.file_digest) if here else str(_answer(path, "checksum"))


def facts(path: str) -> tuple[int, str]:
    """(bytes, mark that changes with the content) of a file, at the cost of asking for them."""
    here = local(path)
    if here:
        return here.stat().st_size, str(here.stat().st_mtime_ns)
    info = _answer(path, "info")
    return int(info.get("size") or 0), next((str(info[key]) for key in CHANGED if info.get(key)), "")


def _read(file: Path, how: Callable[[Path], T]) -> T:
    """how(file); raises UserError for a file that went away or that nobody may read: a shard must not remember it."""
    try:
        return how(file)
    except OSError as fault:
        raise UserError(f"{file} cannot be read: {fault.strerror}; let it be read, or take it away") from fault


def _local_files(folder: Path) -> dict[str, int] | None:
    if not folder.is_dir():
        return None
    files = (p for p in folder.rglob("*") if p.is_file() and not p.is_symlink())
    return {str(p.relative_to(folder)): p.stat().st_size for p in files}


def _remote_files(path: str) -> dict[str, int] | None:
    if not _answer(path, "isdir"):
        return None
    root = fsspec.core.url_to_fs(path)[1].rstrip("/") + "/"
    found = _answer(path, "find", detail=True)
    return {name.removeprefix(root): int(info.get("size") or 0) for name, info in found.items()}


def _answer(path: str, question: str, *arguments: Any, **named: Any) -> Any:
    """What the URL's filesystem answers; raises UserError where it is unknown, not installed or out of reach."""
    try:
        filesystem, inner = fsspec.core.url_to_fs(path)
        return getattr(filesystem, question)(inner, *arguments, **named)
    except ImportError as fault:
        raise UserError(f"ingest.sources path {path!r} needs a package: {fault}") from fault
    except Exception as fault:  # every filesystem raises its own
        raise UserError(f"ingest.sources path {path!r} does not answer: {fault}; correct it or try again") from fault
