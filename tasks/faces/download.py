"""Downloads that are whole or absent: checked under another name, then moved into place."""

import errno
import logging
import os
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pooch

from tasks.core.errors import UserError

log = logging.getLogger("selfie2anime")

ATTEMPTS = 3
PAUSE = 1.0  # seconds before the second attempt; doubled before each further one
TIMEOUT = 30.0  # seconds without a byte


def download(url: str, target: Path, check: Callable[[Path], None], member: str | None = None) -> None:
    """The file at url (or `member` of the zip there) at `target`, once `check` lets it pass.

    Faults of the network are tried three times; a refused address (4xx) and a file that `check` refuses are not tried
    again. Raises UserError; whatever happens, no part of the file stays.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    archive = part.with_suffix(".zip")
    log.info("downloading %s from %s", target.name, url)
    try:
        _get(url, archive if member else part, target)
        if member:
            _extract(archive, member, part, url)
        try:
            check(part)
        except UserError as fault:
            raise UserError(f"{url}: {fault}".replace(str(part), target.name)) from fault
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
        archive.unlink(missing_ok=True)


def _get(url: str, part: Path, target: Path) -> None:
    fetch = pooch.HTTPDownloader(timeout=TIMEOUT, progressbar=False)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            fetch(url, part, None)
            return
        except OSError as fault:
            if fault.errno == errno.ENOSPC:
                raise
            status = getattr(getattr(fault, "response", None), "status_code", 0)
            if attempt == ATTEMPTS or 400 <= status < 500:
                raise UserError(f"{url}: {fault}; check the network, or put the file at {target}") from fault
            log.warning("%s: %s; attempt %d of %d", url, fault, attempt + 1, ATTEMPTS)
            time.sleep(PAUSE * 2 ** (attempt - 1))


def _extract(archive: Path, member: str, part: Path, url: str) -> None:
    try:
        with zipfile.ZipFile(archive) as pack:
            part.write_bytes(pack.read(member))
    except (zipfile.BadZipFile, KeyError) as fault:
        raise UserError(f"{url}: no {member} in that archive ({fault}); put the file in place by hand") from fault
