"""What this machine and this project bring along: the answers to the first questions of anyone who helps."""

import importlib.metadata
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flows import leftovers, outcome
from tasks.core.errors import UserError
from tasks.faces import registry

PACKAGES = ("prefect", "dvc", "torch", "onnxruntime", "opencv-python", "insightface", "dlib-bin", "pyarrow")
ENOUGH_DISK = 2_000_000_000  # bytes; the demo needs a tenth of it
WRITTEN = ("data", "reports", ".dvc")


@dataclass(frozen=True)
class Finding:
    """One answer; `remedy` is empty when nothing is wrong."""

    what: str
    found: str
    remedy: str = ""


def examine(root: Path) -> list[Finding]:
    """All findings, in the order in which they matter."""
    return [_python(), *_packages(), _git(root), _dvc(root), _disk(root), *_writable(root), _models()]


def report(findings: list[Finding]) -> str:
    """The findings as a table, the remedies below it."""
    rows = [{"": "!!" if f.remedy else "ok", "what": f.what, "found": f.found} for f in findings]
    remedies = [f"{f.what}: {f.remedy}" for f in findings if f.remedy]
    return "\n".join([outcome.table(rows, words=("", "what", "found")), *([""] if remedies else []), *remedies])


def model_rows() -> list[outcome.Row]:
    """The registry: what each model is, what its licence allows, where it was found."""
    return [
        {
            "name": model.name,
            "kind": model.kind,
            "licence": model.licence,
            "commercial": model.commercial,
            "where": _where(model),
        }
        for model in registry.models().values()
    ]


def _where(model: registry.Model) -> str:
    try:
        path = registry.find(model.name)
    except UserError:
        return "found, but its digest is wrong"
    return str(path) if path else "can be downloaded" if model.url else "not here"


def _python() -> Finding:
    wrong = sys.version_info < (3, 11)
    return Finding("python", f"{platform.python_version()} ({sys.executable})", "use 3.11 or newer" if wrong else "")


def _packages() -> Iterator[Finding]:
    for name in PACKAGES:
        try:
            yield Finding(name, importlib.metadata.version(name))
        except importlib.metadata.PackageNotFoundError:
            yield Finding(name, "missing", "install the project's pins again: rm .venv/.ready && make test")


def _git(root: Path) -> Finding:
    done = subprocess.run(
        ["git", "-C", str(root), "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    return Finding("git", done.stdout.strip() if done.returncode == 0 else "no commit yet")


def _dvc(root: Path) -> Finding:
    if not (root / ".dvc").is_dir():
        return Finding("dvc", "not initialised here", "run this in the project's folder, or: dvc init")
    lock = root / "dvc.lock"
    if lock.exists() and not leftovers.whole(lock):
        return Finding("dvc", "dvc.lock is cut off", "selfie2anime run restores it, or: git checkout dvc.lock")
    return Finding("dvc", "initialised, " + ("dvc.lock is whole" if lock.exists() else "nothing was made yet"))


def _disk(root: Path) -> Finding:
    free = shutil.disk_usage(root).free
    return Finding("disk", f"{free / 1e9:.1f} GB free", "" if free > ENOUGH_DISK else "free some: 2 GB at least")


def _writable(root: Path) -> Iterator[Finding]:
    for name in WRITTEN:
        folder = next(path for path in (root / name, root) if path.is_dir())
        can = os.access(folder, os.W_OK)
        yield Finding(
            f"{name}/", "writable" if can else "read-only", "" if can else f"give yourself access to {folder}"
        )


def _models() -> Finding:
    found = [row["name"] for row in model_rows() if row["where"] not in ("not here", "can be downloaded")]
    return Finding("models", f"{len(found)} of {len(registry.models())} at hand; see: selfie2anime models")
