"""What is wrong with a request, told from its headers alone: its host, its origin, its token."""

import secrets
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qs, urlsplit

READS = ("GET", "HEAD", "OPTIONS")
LOOPBACK = ("localhost", "127.0.0.1", "::1")

Headers = Mapping[str, str]  # names in lower case


def headers_of(pairs: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """The headers of an ASGI scope by name; one that was sent twice counts as both, with a comma between."""
    found: dict[str, str] = {}
    for name, value in pairs:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        found[key] = f"{found[key]},{text}" if key in found else text
    return found


def loopback(host: str) -> bool:
    """Whether only this machine can reach the address."""
    return host in LOOPBACK or host.startswith("127.")


def host_fault(headers: Headers, bound: str) -> str | None:
    """What is wrong with the Host header of a page that asks for no token and is bound to an address.

    A foreign name that was made to point here (DNS rebinding) brings its own name along. It brings no token: a page
    that asks for one may have any name that others know it by.
    """
    host = name_of(headers.get("host", ""))
    if host in (*LOOPBACK, bound):
        return None
    return f"this page does not answer to the name {host!r}; open the address that was printed when it started"


def origin_fault(headers: Headers) -> str | None:
    """What is wrong with a request that writes: that another site's page sent it (CSRF).

    Browsers say so in Sec-Fetch-Site, and where the address is no trusted one in Origin; what is no browser says
    neither, and carries nobody's cookies.
    """
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    foreign = origin is not None and _place(origin) != headers.get("host")
    if site in ("same-origin", "none") or (site is None and not foreign):
        return None
    return f"a page of another site ({origin or site}) may not write here"


def token_given(headers: Headers, query: bytes, cookie: str) -> str:
    """The token that a request brings: a bearer's, the cookie's or the address's, "" where there is none."""
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return bearer.strip()
    return _cookie(headers.get("cookie", ""), cookie) or token_in(query)


def token_in(query: bytes) -> str:
    """The token in an address, "" where there is none."""
    return parse_qs(query.decode("latin-1")).get("token", [""])[0]


def same(given: str, wanted: str) -> bool:
    """Whether two tokens are equal, in a time that does not tell how much of them is."""
    return secrets.compare_digest(given.encode(), wanted.encode())


def name_of(host: str) -> str:
    """The name in a Host header, in lower case, without its port and the brackets of IPv6."""
    bare = host.rpartition("]")[0].lstrip("[") if host.startswith("[") else host.partition(":")[0]
    return bare.lower().rstrip(".")


def _place(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:  # brackets that do not close
        return ""


def _cookie(header: str, name: str) -> str:
    """The value of a cookie. Other services of this host send theirs along, and few of those keep to the standard."""
    pairs = (part.partition("=") for part in header.split(";"))
    return next((value.strip().strip('"') for key, _, value in pairs if key.strip() == name), "")
