"""The door to a page of this machine: an address, a token where others can reach it, and a guard.

    door = opened("127.0.0.1", 8765)
    serve(guarded(app, door, max_bytes=2**20), door)

The loopback needs no token, since only this machine can reach it; any other address does. A token comes in the printed
address once and stays in a cookie that no script and no other site can use, or with every request as a bearer's.
SELFIE2ANIME_TOKEN sets it, on the loopback as well: a machine may have several users.
"""

import os
import re
import secrets
import socket
import webbrowser
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from tasks.core.errors import UserError, require
from tasks.web.body import Body, Message, Receive
from tasks.web.request import READS, headers_of, host_fault, loopback, origin_fault, same, token_given, token_in

VARIABLE = "SELFIE2ANIME_TOKEN"
SHORTEST = 16  # characters of a token
LAST_WORDS = 1  # seconds that open connections get when a signal ends the page
MESSAGE = 2**20  # bytes of one message of a websocket

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

HEADERS = {  # of every answer that does not say otherwise: these pages show people's faces
    b"cache-control": b"no-store",
    b"content-security-policy": b"frame-ancestors 'none'",
    b"cross-origin-resource-policy": b"same-origin",
    b"referrer-policy": b"no-referrer",
    b"x-content-type-options": b"nosniff",
}
# A redirect would come from whichever site has the link, and a strict cookie stays away from it.
ENTRY = '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=./"><title>selfie2anime</title>'
NO_TOKEN = "this page needs its token: open the address that was printed when it started"


@dataclass(frozen=True)
class Door:
    """Where a page is, and the token that it asks for, None where it asks for none."""

    host: str
    port: int
    token: str | None = field(default=None, repr=False)

    @property
    def cookie(self) -> str:
        """The cookie's name; a browser gives the cookies of one port to all."""
        return f"selfie2anime_{self.port}"

    @property
    def address(self) -> str:
        """The address to open, with the token; one that was set by the environment is not shown."""
        everywhere = self.host in ("0.0.0.0", "::")
        host = socket.gethostname() if everywhere else f"[{self.host}]" if ":" in self.host else self.host
        told = f"${VARIABLE}" if self.token == os.environ.get(VARIABLE) else quote(self.token or "")
        return f"http://{host}:{self.port}/" + (f"?token={told}" if self.token else "")


def opened(host: str, port: int) -> Door:
    """The door at an address, port 0 for any free one; UserError for a port or a token that cannot be."""
    host = host.lower()
    require(0 <= port <= 65535, f"--port is {port}; use 1 to 65535, or 0 for any free one")
    token = os.environ.get(VARIABLE) or (None if loopback(host) else secrets.token_urlsafe(24))
    bad = token is not None and not re.fullmatch(rf"[\w.~-]{{{SHORTEST},}}", token, re.ASCII)
    require(not bad, f"{VARIABLE} is no token; use {SHORTEST} or more letters, digits, '-', '_', '.' and '~'")
    if port:
        return Door(host, port, token)
    with listening(host, 0) as found:
        return Door(host, found.getsockname()[1], token)


def guarded(app: App, door: Door, max_bytes: int) -> App:
    """The app behind the door: every request is held against host or token, and origin, bodies against `max_bytes`.

    What is refused is answered in words: 401 without the token, 403 for a foreign host or origin, 413 for too much.
    """

    async def guard(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            return await app(scope, receive, send)
        refused = fault(scope, door)
        if scope["type"] == "websocket":
            return await (refuse_socket(receive, send) if refused else app(scope, receive, send))
        closed = dressed(send)
        if refused:
            return await answer(closed, *refused)
        if door.token and token_in(scope["query_string"]) and scope["method"] in ("GET", "HEAD"):
            return await answer(closed, 200, ENTRY, {b"set-cookie": _cookie(door), b"content-type": b"text/html"})
        return await limited(app, scope, receive, closed, max_bytes)

    return guard


def fault(scope: MutableMapping[str, Any], door: Door) -> tuple[int, str] | None:
    """The status and the words for a request that may not come in; None for one that may."""
    headers = headers_of(scope["headers"])
    if door.token is None and (foreign := host_fault(headers, door.host)):
        return 403, foreign
    if door.token and not same(token_given(headers, scope["query_string"], door.cookie), door.token):
        return 401, NO_TOKEN
    writes = scope["type"] == "websocket" or scope["method"] not in READS
    crossed = origin_fault(headers) if writes else None
    return (403, crossed) if crossed else None


async def limited(app: App, scope: MutableMapping[str, Any], receive: Receive, send: Send, most: int) -> None:
    """Let the app answer, unless the body grows beyond `most` bytes before it has begun to."""
    told = headers_of(scope["headers"]).get("content-length", "0")
    body = Body(receive, most)
    body.taken = most + 1 if told.isdigit() and int(told) > most else 0
    begun = False

    async def unless_refused(message: Message) -> None:
        nonlocal begun
        if begun or not body.refused:
            begun = True
            await send(message)

    try:
        if not body.refused:
            await app(scope, body, unless_refused)
    except Exception:
        if not body.refused:  # else it only says that the sender has left
            raise
    if body.refused and not begun:
        await body.drain()
        await answer(send, 413, f"this is more than the {most / 2**20:g} MiB that are let in; send something smaller")


async def answer(send: Send, status: int, text: str, headers: dict[bytes, bytes] | None = None) -> None:
    """A whole answer in words."""
    told = {b"content-type": b"text/plain; charset=utf-8"} | (headers or {})
    await send({"type": "http.response.start", "status": status, "headers": [*told.items()]})
    await send({"type": "http.response.body", "body": text.encode()})


async def refuse_socket(receive: Receive, send: Send) -> None:
    """End a websocket before it is one; the server answers 403."""
    await receive()
    await send({"type": "websocket.close", "code": 1008})


def dressed(send: Send) -> Send:
    """`send` that adds the headers which an answer does not set itself."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            own = {name.lower() for name, _ in message.get("headers", [])}
            more = [(name, value) for name, value in HEADERS.items() if name not in own]
            message = {**message, "headers": [*message.get("headers", []), *more]}
        await send(message)

    return sent


def listening(host: str, port: int) -> socket.socket:
    """A socket at the address; UserError where it is taken or is none of this machine's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        sock = socket.create_server((host, port), family=family)
        # Answers come in two writes, and the second would wait 40 ms for the first to be acknowledged.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock
    except (OSError, UnicodeError) as reason:
        fault = f"nothing can listen at {host} port {port} ({reason})"
        raise UserError(f"{fault}; give another --port, 0 for any free one, or another --host") from reason


def serve(app: App, door: Door, show: bool = False, heard: socket.socket | None = None) -> None:
    """Print the address and serve the app there until a signal comes; `show` opens it in the browser.

    `heard` is a socket that listens at the door already.
    """
    import uvicorn  # a third of a second that the other commands need not wait

    with heard or listening(door.host, door.port) as sock:
        print(f"{door.address} (Ctrl-C ends it)", flush=True)
        if show:
            webbrowser.open(door.address.replace(f"${VARIABLE}", door.token or ""))
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,  # addresses may hold the token
            server_header=False,
            timeout_graceful_shutdown=LAST_WORDS,
            ws_max_size=MESSAGE,
        )
        uvicorn.Server(config).run(sockets=[sock])


def _cookie(door: Door) -> bytes:
    return f"{door.cookie}={door.token}; HttpOnly; SameSite=Strict; Path=/".encode()
