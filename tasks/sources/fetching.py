"""One picture from the web: with patience, within limits, and not where its owner says that machines may not learn.

Addresses of the machine itself and of its network are refused after the name is resolved and before a byte is sent,
so that no list of URLs can reach what only this machine can see.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from socket import socket

import urllib3
from urllib3 import connection, connectionpool
from urllib3.exceptions import HTTPError, MaxRetryError

from tasks.core.errors import require
from tasks.sources.batch import File, too_many

AGENT = "selfie2anime"
HEADERS = {"User-Agent": AGENT, "Accept": "image/*", "Accept-Encoding": "identity"}
OPT_OUT = {"noai", "noimageai"}
VALUED = {"max-image-preview", "max-snippet", "max-video-preview", "unavailable_after"}  # a colon, but no agent
GONE = (404, 410)
AGAIN = (429, 500, 502, 503, 504)
REDIRECTS = 5
LONGEST_PAUSE = 30  # seconds, whatever the server asks for
BLOCK = 2**16


@dataclass(frozen=True)
class Fetch:
    """How URLs are fetched: `ingest.fetch` of params.yaml."""

    timeout: float = 20.0  # seconds without a byte
    longest: float = 120.0  # seconds for one picture
    tries: int = 3
    pause: float = 1.0  # seconds before the second try, doubled before each further one
    at_once: int = 8
    private_addresses: bool = False  # whether this machine's own network may be asked

    def __post_init__(self) -> None:
        for name in ("timeout", "longest", "tries", "at_once"):
            require(getattr(self, name) > 0, f"ingest.fetch.{name} is {getattr(self, name)}; it must be above 0")
        require(self.pause >= 0, f"ingest.fetch.pause is {self.pause}; use 0 or more")


class PrivateAddressError(HTTPError):
    """An address that is not of the open internet."""


class _Answer(urllib3.HTTPResponse):
    """An answer whose body nobody reads but `_body`: before a redirect or a retry it is dropped, not drained."""

    def drain_conn(self) -> None:
        """Hang up: a server may send without end."""
        self.close()


class _Plain(connection.HTTPConnection):
    """A connection whose answers can be dropped."""

    def getresponse(self) -> urllib3.HTTPResponse:  # type: ignore[override]  # as urllib3's own
        made = super().getresponse()
        made.__class__ = _Answer
        return made


class _Secure(_Plain, connection.HTTPSConnection):
    """The same over TLS."""


class _Guard(_Plain):
    """A connection to the open internet or none."""

    def _new_conn(self) -> socket:
        made = super()._new_conn()
        address = str(made.getpeername()[0])
        if not ip_address(address.partition("%")[0]).is_global:
            made.close()
            raise PrivateAddressError(f"{self.host} is {address}, of a private network")
        return made


class _SecureGuard(_Guard, connection.HTTPSConnection):
    """The same over TLS."""


class _Pool(connectionpool.HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(connectionpool.HTTPSConnectionPool):
    ConnectionCls = _Secure


class _GuardedPool(connectionpool.HTTPConnectionPool):
    ConnectionCls = _Guard


class _SecureGuardedPool(connectionpool.HTTPSConnectionPool):
    ConnectionCls = _SecureGuard


def manager(fetch: Fetch) -> urllib3.PoolManager:
    """Connections that retry, follow few redirects and keep to the open internet."""
    more = fetch.tries - 1
    retries = urllib3.Retry(None, connect=more, read=more, status=more, redirect=REDIRECTS, status_forcelist=AGAIN,
                            backoff_factor=fetch.pause, backoff_max=LONGEST_PAUSE,
                            retry_after_max=LONGEST_PAUSE)  # fmt: skip
    made = urllib3.PoolManager(retries=retries, timeout=fetch.timeout, headers=HEADERS, maxsize=fetch.at_once)
    open_ = {"http": _Pool, "https": _SecurePool}
    guarded = {"http": _GuardedPool, "https": _SecureGuardedPool}
    made.pool_classes_by_scheme = open_ if fetch.private_addresses else guarded
    return made


def fetched(url: str, http: urllib3.PoolManager, limit: int, longest: float) -> File:
    """The picture at the URL, or why it could not be had."""
    if not url.lower().startswith(("http://", "https://")):
        return File(url, b"", "unreachable", "no address of the web: it must start with http:// or https://")
    try:
        answer = http.request("GET", url, preload_content=False)
    except MaxRetryError as fault:
        return File(url, b"", "unreachable", str(fault.reason))
    except (HTTPError, ValueError, UnicodeError) as fault:
        return File(url, b"", "unreachable", str(fault))
    with answer:
        return _refused(url, answer) or _body(url, answer, limit, longest)


def opted_out(header: str) -> bool:
    """Whether an X-Robots-Tag forbids learning, to everybody or to this agent by name."""
    agent = "*"
    for piece in header.lower().split(","):
        left, colon, right = piece.partition(":")
        if colon and left.strip() not in VALUED:
            agent, piece = left.strip(), right
        if agent in ("*", AGENT) and piece.strip() in OPT_OUT:
            return True
    return False


def _refused(url: str, answer: urllib3.BaseHTTPResponse) -> File | None:
    if answer.status in GONE:
        return File(url, b"", "not_found", f"status {answer.status}")
    if answer.status != 200:
        return File(url, b"", "unreachable", f"status {answer.status}")
    for header in answer.headers.getlist("X-Robots-Tag"):
        if opted_out(header):
            return File(url, b"", "opted_out", f"X-Robots-Tag: {header}")
    return None


def _body(url: str, answer: urllib3.BaseHTTPResponse, limit: int, longest: float) -> File:
    """What the server sends, up to the limits of bytes and of time."""
    data, end = bytearray(), time.monotonic() + longest
    try:
        while block := answer.read1(BLOCK, decode_content=False):
            data += block
            if len(data) > limit:
                return too_many(url, limit)
            if time.monotonic() > end:
                return File(url, b"", "unreachable", f"not whole after {longest:g} s")
    except HTTPError as fault:
        return File(url, b"", "unreachable", f"cut off after {len(data)} bytes: {fault}")
    return File(url, bytes(data)) if _whole(answer.headers, data) else File(url, b"", "unreachable", "cut off")


def _whole(headers: Mapping[str, str], data: bytearray) -> bool:
    length = headers.get("Content-Length", "")
    return not length.isdecimal() or len(data) == int(length)
