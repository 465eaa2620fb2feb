"""Where an upload stands between its arrival and its reading: a folder of one process, which ends with it.

It is in memory where the system has such a place (Linux: /dev/shm), else on the disk (macOS: $TMPDIR). What a killed
process left is removed at the next start: the kernel lets go of a dead process's locks.
"""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

MEMORY = Path("/dev/shm")
PREFIX = f"selfie2anime-studio-{os.getuid()}-"
UPLOADS = "uploads"  # the folder's room for them


@contextmanager
def claimed(parent: Path | None = None) -> Iterator[Path]:
    """A folder that nobody else can read, locked as long as it is in use and removed after."""
    parent = parent or place()
    with locked(parent / f"{PREFIX}lock"):  # so that nobody takes a folder for abandoned before it has its own lock
        remove_abandoned(parent)
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        lock = os.open(folder, os.O_RDONLY)
        fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        (folder / UPLOADS).mkdir()
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def place() -> Path:
    """Memory that looks like a folder, where there is one, else the system's folder for what does not last."""
    return MEMORY if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) else Path(tempfile.gettempdir())


def remove_abandoned(parent: Path) -> None:
    """Remove the folders of processes that were killed."""
    for folder in parent.glob(f"{PREFIX}*/"):
        try:
            lock = os.open(folder, os.O_RDONLY | os.O_NOFOLLOW)
        except OSError:  # another user's, under our name; or gone meanwhile
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        except BlockingIOError:
            continue  # in use
        finally:
            os.close(lock)


def sweep(uploads: Path, age: float) -> None:
    """Remove files older than `age` seconds: of uploads that broke off, or whose page was closed before they came."""
    before = time.time() - age
    for file in [path for path in uploads.rglob("*") if path.is_file()]:
        with suppress(FileNotFoundError):  # read and removed meanwhile
            if file.stat().st_mtime < before:
                remove(file)


def read(uploads: Path, file: Path) -> bytes | None:
    """What was uploaded; None for what stands there no more, or somewhere else."""
    try:
        inside = file.resolve().is_relative_to(uploads.resolve())
        return file.read_bytes() if inside else None
    except (OSError, ValueError):  # ValueError: a zero byte, which no path holds
        return None


def remove(upload: Path) -> None:
    """Remove an upload, and the folder that held it alone."""
    upload.unlink(missing_ok=True)
    if upload.parent.name != UPLOADS:
        with suppress(OSError):  # another upload of the same bytes stands there
            upload.parent.rmdir()


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of that file, which is made where it is missing; without it where another user took the name."""
    try:
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError:
        yield
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
