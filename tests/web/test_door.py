"""The door as a browser and other programs meet it: a real server on a free port."""

import http.client
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from email.message import Message
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, PlainTextResponse

from tasks.core.errors import UserError
from tasks.web import door
from tasks.web.door import Door
from tests.web.conftest import Served

if TYPE_CHECKING:
    from playwright.sync_api import Page

TOKEN = "sixteen-or-more-letters"
MOST = 1000


def echo() -> FastAPI:
    """A page that says how much it was sent."""
    app = FastAPI()

    @app.get("/")
    def read() -> HTMLResponse:
        return HTMLResponse("<title>inside</title>")

    @app.post("/")
    async def write(request: Request) -> PlainTextResponse:
        return PlainTextResponse(str(len(await request.body())))

    return app


@pytest.fixture
def plain(served: Served, monkeypatch: pytest.MonkeyPatch) -> Door:
    monkeypatch.delenv(door.VARIABLE, raising=False)
    at = door.opened("127.0.0.1", 0)
    return served(door.guarded(echo(), at, MOST), at)


@pytest.fixture
def locked(served: Served, monkeypatch: pytest.MonkeyPatch) -> Door:
    """A door at every address of this machine."""
    monkeypatch.delenv(door.VARIABLE, raising=False)
    at = door.opened("0.0.0.0", 0)
    return served(door.guarded(echo(), at, MOST), at)


class Answer(NamedTuple):
    status: int
    headers: Message
    text: str


def ask(at: Door, method: str = "GET", path: str = "/", body: bytes | Iterator[bytes] = b"", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    with closing(http.client.HTTPConnection("127.0.0.1", at.port, timeout=60)) as connection:
        connection.request(method, path, body, named)
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read().decode())


def test_the_loopback_needs_no_token_and_says_how_to_treat_its_pictures(plain: Door) -> None:
    answer = ask(plain)
    assert (answer.status, plain.token) == (200, None)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


def test_a_foreign_name_is_turned_away(plain: Door) -> None:
    answer = ask(plain, Host="evil.example")
    assert answer.status == 403
    assert "does not answer to the name 'evil.example'" in answer.text


def test_another_sites_page_may_not_write(plain: Door) -> None:
    assert ask(plain, "POST", body=b"x", Origin="https://evil.example").status == 403
    assert ask(plain, "POST", body=b"x", Sec_Fetch_Site="cross-site").status == 403
    assert ask(plain, "POST", body=b"x", Origin=f"http://127.0.0.1:{plain.port}").text == "1"


@pytest.mark.parametrize("size", [MOST, MOST + 1, 3_000_000])
@pytest.mark.parametrize("streamed", [False, True])
def test_a_body_is_let_in_up_to_its_limit(plain: Door, size: int, streamed: bool) -> None:
    chunks = (b"x" * min(500, size - at) for at in range(0, size, 500))
    answer = ask(plain, "POST", body=chunks if streamed else b"x" * size)
    allowed = (200, str(size)) if size <= MOST else (413, "this is more than")
    assert (answer.status, answer.text[:17]) == allowed
    assert ask(plain).status == 200, "the next request is answered"


def test_another_address_needs_the_token(locked: Door) -> None:
    assert locked.token is not None and len(locked.token) >= 32
    refused = ask(locked)
    assert (refused.status, refused.text) == (401, door.NO_TOKEN)
    assert ask(locked, "POST", body=b"x").status == 401
    assert ask(locked, Authorization=f"Bearer {locked.token}x").status == 401
    assert ask(locked, Authorization=f"Bearer {locked.token}").text == "<title>inside</title>"
    assert ask(locked, path="/?token=wrong").status == 401


def test_with_the_token_a_page_answers_to_any_name_of_its_own(locked: Door) -> None:
    token = f"Bearer {locked.token}"
    assert ask(locked, Host="studio.lab.example", Authorization=token).status == 200
    assert ask(locked, Host="studio.lab.example").status == 401


def test_the_address_is_opened_however_it_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(door.VARIABLE, raising=False)
    at = door.opened("LocalHost", 0)
    assert (at.host, at.token) == ("localhost", None)


def test_odd_input_is_refused_and_no_error_of_the_page(plain: Door, locked: Door) -> None:
    assert ask(plain, "POST", body=b"x", Origin="http://[x").status == 403
    assert ask(locked, path="/?token=%ff%C3%A4").status == 401
    assert ask(locked, Authorization="Bearer \xe4").status == 401
    assert ask(locked, "HEAD", path=f"/?token={locked.token}").status == 200


def test_the_tokens_cookie_is_for_this_site_and_no_script(locked: Door) -> None:
    cookie = ask(locked, path=f"/?token={locked.token}").headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=Strict"} <= set(cookie.split("; "))
    assert ask(locked, Cookie=cookie.partition(";")[0]).status == 200


def test_a_browser_gives_the_token_once(locked: Door, page: "Page") -> None:
    address = f"http://127.0.0.1:{locked.port}/"
    page.goto(address)
    assert "needs its token" in page.inner_text("body")
    page.goto(f"{address}?token={locked.token}")
    page.wait_for_url(address)
    assert page.title() == "inside"
    page.goto(address)
    assert page.title() == "inside"
    assert page.evaluate("document.cookie") == ""


def test_a_websocket_is_held_against_the_same_rules() -> None:
    at = Door("127.0.0.1", 1)
    scope = {"type": "websocket", "query_string": b"", "headers": [(b"host", b"127.0.0.1:1")]}
    assert door.fault(scope, at) is None
    assert door.fault(scope | {"headers": [*scope["headers"], (b"origin", b"http://evil.example")]}, at)
    assert door.fault(scope, Door("127.0.0.1", 1, TOKEN)) == (401, door.NO_TOKEN)


def test_a_token_of_ones_own_is_asked_for_everywhere_and_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(door.VARIABLE, TOKEN)
    at = door.opened("127.0.0.1", 0)
    assert at.token == TOKEN
    assert TOKEN not in at.address + repr(at)


@pytest.mark.parametrize(
    ("host", "port", "token", "fault"),
    [
        ("127.0.0.1", 70000, "", "--port is 70000; use 1 to 65535, or 0 for any free one"),
        ("127.0.0.1", 0, "short", "SELFIE2ANIME_TOKEN is no token; use 16 or more letters"),
        ("127.0.0.1", 0, "spaces between the words", "SELFIE2ANIME_TOKEN is no token"),
        ("192.0.2.1", 0, "", "nothing can listen at 192.0.2.1 port 0"),
    ],
)
def test_what_cannot_be_opened_is_said_with_its_remedy(
    host: str, port: int, token: str, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(door.VARIABLE, token)
    with pytest.raises(UserError, match=fault):
        door.opened(host, port)


def test_what_comes_in_is_answered_without_the_delay_of_small_packets() -> None:
    with (
        door.listening("127.0.0.1", 0) as sock,
        socket.create_connection(sock.getsockname()),
        sock.accept()[0] as accepted,
    ):
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_taken_port_is_said_with_its_remedy(plain: Door) -> None:
    with pytest.raises(UserError, match=f"port {plain.port} .*; give another --port"):
        door.serve(echo(), plain)


def test_a_served_page_prints_its_address_and_ends_with_the_signal(tmp_path: Path) -> None:
    script = tmp_path / "page.py"
    script.write_text(
        "from tasks.web.door import guarded, opened, serve\n"
        "import signal\n"
        "signal.signal(signal.SIGTERM, lambda *_: print('ended'))\n"
        "door = opened('127.0.0.1', 0)\n"
        "serve(guarded(None, door, 1), door)\n"
    )
    process = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    address = process.stdout.readline()
    assert address.startswith("http://127.0.0.1:")
    at = Door("127.0.0.1", int(re.findall(r":(\d+)/", address)[0]))
    assert ask(at, Host="evil.example").status == 403, "what answers has taken over the signals"
    process.terminate()
    assert process.communicate(timeout=60)[0] == "ended\n"
    assert process.returncode == 0
