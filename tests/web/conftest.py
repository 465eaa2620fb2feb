"""A real browser, and a page that is really served."""

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import pytest
import uvicorn

from tasks.web import door
from tasks.web.door import App, Door

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PATIENCE = 60  # seconds, on the busiest machine
CHROMIUM = os.environ.get("CHROMIUM", "chromium")
QUIET = (
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
ARGUMENTS = ["--no-sandbox", "--no-first-run", *QUIET]  # tests may run as root, in a container with little /dev/shm

Served = Callable[[App, Door], Door]


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """Chromium of this machine, without a window."""
    path = shutil.which(CHROMIUM)
    if path is None:
        message = "chromium is not installed; `apt-get install chromium`, or set CHROMIUM to its path"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(message)
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        yield driver.chromium.launch(executable_path=path, args=ARGUMENTS, timeout=PATIENCE * 1000)


@pytest.fixture
def page(browser: "Browser") -> "Iterator[Page]":
    """An empty page of its own; an error in its scripts fails the test."""
    context = browser.new_context(viewport={"width": 1200, "height": 800}, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE * 1000)
    faults: list[str] = []
    shown = context.new_page()
    shown.on("pageerror", lambda fault: faults.append(str(fault)))
    yield shown
    context.close()
    assert faults == []


@pytest.fixture
def served() -> Iterator[Served]:
    """Serve an ASGI app at a door, on a thread, until the test is over; returns the door."""
    with ExitStack() as stack:
        yield lambda app, at: stack.enter_context(serving(app, at))


@contextmanager
def serving(app: App, at: Door) -> Iterator[Door]:
    """The app at the door for as long as the block lasts."""
    with door.listening(at.host, at.port) as sock:
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=1, ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]}, daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive(), "the server ended before it began"
            time.sleep(0.005)
        try:
            yield at
        finally:
            server.should_exit = True
            thread.join(PATIENCE)
