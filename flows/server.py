"""Prefect's API server for as long as the command runs: on a free port of this machine, ended with everything else.

Prefect can start a temporary server by itself, but leaves it running when the flow is killed, waits 20 s for it at
most, and shows nothing when it fails. Run as a script, this file is that server.
"""

import contextlib
import gc
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flows import child, console, settings

PATIENCE = 120.0  # seconds; the first start makes the database, 10 s of work on a quick machine
USUAL_PORT = 4200  # where people look for Prefect's pages
SERVICES = (  # what schedules, triggers and cleans: a single run needs none of them
    "SCHEDULER",
    "TRIGGERS",
    "LATE_RUNS",
    "FOREMAN",
    "CANCELLATION_CLEANUP",
    "PAUSE_EXPIRATIONS",
    "REPOSSESSOR",
    "DB_VACUUM",
    "CLEANUP_RECONCILER",
)


class ServerError(RuntimeError):
    """Prefect's API server did not start; the message holds its last words and where the rest is."""


@dataclass(frozen=True)
class Server:
    """Where a server is, and its process if it is ours."""

    url: str
    process: "subprocess.Popen[str] | None" = None

    def await_ready(self) -> None:
        """Return once it answers; raises ServerError when it ended, or did not answer in PATIENCE seconds."""
        began = time.monotonic()
        told = False
        while not _answers(self.url):
            waited = time.monotonic() - began
            if self.process is None:
                raise ServerError(f"no Prefect server answers at {self.url}; start it, or unset {settings.API}")
            if self.process.poll() is not None:
                raise ServerError(f"Prefect's API server ended at once: {_last_words()}")
            if waited > PATIENCE:
                raise ServerError(f"Prefect's API server did not answer within {PATIENCE:.0f} s: {_last_words()}")
            if waited > 8 and not told:
                console.say("Prefect makes its database; this happens once")
                told = True
            child.pause(0.05)


@contextlib.contextmanager
def running(*, services: bool = False) -> Iterator[Server]:
    """A server to which PREFECT_API_URL points, not necessarily ready, ended with this context if it began here.

    The user's own server (PREFECT_API_URL) comes first, then the one that `selfie2anime serve` runs here.
    """
    if given := os.environ.get(settings.API) or _served():
        os.environ[settings.API] = given
        yield Server(given)
        return
    process, url = _start(services)
    os.environ[settings.API] = url
    note = settings.home() / "served"
    try:
        if services:
            note.write_text(url)
        yield Server(url, process)
    finally:
        if services:
            note.unlink(missing_ok=True)
        os.environ.pop(settings.API, None)
        child.stop(process)


def _start(services: bool) -> tuple["subprocess.Popen[str]", str]:
    settings.home().mkdir(parents=True, exist_ok=True)
    with _bound(USUAL_PORT if services else 0) as port, _log().open("w") as log:
        command = [sys.executable, "-m", "flows.server", str(port.fileno())]
        process = child.start(command, env=_env(services), output=log, files=[port.fileno()])
        return process, f"http://127.0.0.1:{port.getsockname()[1]}/api"


def _bound(wanted: int) -> socket.socket:
    """A port for the server, held until it listens there: it takes seconds to start, and others look for ports too."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind(("127.0.0.1", wanted))
    except OSError:  # taken: any other
        made.bind(("127.0.0.1", 0))
    return made


def _env(services: bool) -> dict[str, str]:
    env = {**os.environ, "PREFECT_SERVER_UI_ENABLED": "true" if services else "false"}
    if not services:
        env |= {f"PREFECT_SERVER_SERVICES_{name}_ENABLED": "false" for name in SERVICES}
    return env


def _served() -> str | None:
    """The address of the server that `selfie2anime serve` runs for this project, if it answers."""
    note = settings.home() / "served"
    url = note.read_text() if note.exists() else ""
    return url if url and _answers(url) else None


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=2) as response:
            return bool(response.read() == b"true")
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def _log() -> Path:
    return settings.home() / "server.log"


def _last_words() -> str:
    lines = [line for line in _log().read_text(errors="replace").splitlines() if line.strip()]
    return f"{lines[-1] if lines else 'it said nothing'} (all of it: {_log()})"


def main(port: int) -> None:
    """Be the server at the socket of that descriptor.

    Its 3,000 modules leave nothing to collect, and collecting costs a quarter of their import.
    """
    gc.disable()
    import uvicorn
    from prefect.server.api.server import create_app

    app = create_app(final=True)
    gc.freeze()
    gc.enable()
    # With its protocol told, asyncio answers without the delay of small packets.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, fileno=port) as bound:
        uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="on")).run(sockets=[bound])


if __name__ == "__main__":
    main(int(sys.argv[1]))
