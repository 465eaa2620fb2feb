"""Lists of URLs against a real server that behaves as servers do."""

import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tasks.core.errors import UserError
from tasks.sources import fetching
from tasks.sources.batch import File
from tasks.sources.fetching import Fetch
from tasks.sources.source import Source
from tasks.sources.urls import Urls

FETCH = Fetch(timeout=60, longest=60, tries=2, pause=0.0, at_once=4, private_addresses=True)
LIMIT = 10000
FLOOD = 2**28  # bytes, which nobody lets in
asked: Counter[str] = Counter()
over = threading.Event()  # the tests: what was slow may end
left: defaultdict[str, threading.Event] = defaultdict(threading.Event)  # where a client hung up


class Handler(BaseHTTPRequestHandler):
    """Every path is a way to behave."""

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        asked[self.path] += 1
        try:
            getattr(self, "get_" + self.path.strip("/").partition("?")[0].replace("-", "_"))()
        except OSError:
            self.close_connection = True  # the client had enough
            left[self.path].set()

    def answer(self, data: bytes = b"picture", status: int = 200, *headers: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def get_good(self) -> None:
        self.answer(b"picture", 200, ("Content-Length", "7"), ("X-Robots-Tag", "noindex, otherbot: noai"))

    def get_endless_way(self) -> None:
        self.send_response(302)
        self.send_header("Location", "/good")
        self.end_headers()
        for _ in range(0, FLOOD, 2**16):
            self.wfile.write(bytes(2**16))

    def get_missing(self) -> None:
        self.answer(b"", 404)

    def get_gone(self) -> None:
        self.answer(b"", 410)

    def get_forbidden(self) -> None:
        self.answer(b"", 403)

    def get_busy(self) -> None:
        self.answer(b"picture", 503 if asked[self.path] == 1 else 200, ("Retry-After", "0"))

    def get_always_busy(self) -> None:
        self.answer(b"", 503)

    def get_loop(self) -> None:
        self.answer(b"", 302, ("Location", "/loop"))

    def get_moved(self) -> None:
        self.answer(b"", 302, ("Location", "/good"))

    def get_to_a_file(self) -> None:
        self.answer(b"", 302, ("Location", "file:///etc/passwd"))

    def get_noai(self) -> None:
        self.answer(b"picture", 200, ("X-Robots-Tag", "noindex"), ("X-Robots-Tag", "noai, noimageai"))

    def get_noai_for_us(self) -> None:
        self.answer(b"picture", 200, ("X-Robots-Tag", "selfie2anime: noimageai"))

    def get_cut_off(self) -> None:
        self.answer(b"pict", 200, ("Content-Length", "7"))

    def get_slow(self) -> None:
        over.wait()

    def get_endless(self) -> None:
        self.answer()
        for _ in range(0, FLOOD, 1000):
            self.wfile.write(bytes(1000))

    def get_dripping(self) -> None:
        self.answer()
        while not over.wait(0.05):
            self.wfile.write(b"x")

    def get_large(self) -> None:
        self.answer(bytes(LIMIT + 1), 200, ("Content-Length", str(LIMIT + 1)))


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{made.server_port}"
    over.set()
    made.shutdown()
    made.server_close()
    thread.join()


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    return tmp_path / "list.csv"


def urls(listed: Path, addresses: list[str], fetch: Fetch = FETCH) -> Urls:
    listed.write_text("\n".join(["url", *addresses, ""]))
    return Urls(Source("urls", str(listed)), LIMIT, fetch)


def files(found: Urls) -> dict[str, File]:
    return {file.name.rpartition("/")[2]: file for file in found.ask(list(found.names))}


CASES = {
    "good": None,
    "moved": None,
    "busy": None,
    "missing": "not_found",
    "gone": "not_found",
    "forbidden": "unreachable",
    "always-busy": "unreachable",
    "loop": "unreachable",
    "to-a-file": "unreachable",
    "noai": "opted_out",
    "noai-for-us": "opted_out",
    "cut-off": "unreachable",
    "endless": "too_many_bytes",
    "large": "too_many_bytes",
}


def test_each_way_to_behave_has_its_reason(listed: Path, server: str) -> None:
    asked.clear()
    found = files(urls(listed, [f"{server}/{case}" for case in CASES]))
    assert {name: file.reason for name, file in found.items()} == CASES
    assert all(found[name].data == b"picture" for name, reason in CASES.items() if reason is None)
    assert all(not found[name].data for name, reason in CASES.items() if reason)
    assert (asked["/busy"], asked["/always-busy"], asked["/missing"], asked["/loop"]) == (2, 2, 1, 6)


@pytest.mark.parametrize(
    ("way", "fetch", "detail"),
    [
        ("slow", replace(FETCH, timeout=0.4), "timed out"),
        ("dripping", replace(FETCH, longest=1.0), "not whole after 1 s"),
    ],
)
def test_what_takes_too_long_is_unreachable(way: str, fetch: Fetch, detail: str, listed: Path, server: str) -> None:
    (found,) = urls(listed, [f"{server}/{way}"], fetch).ask([f"{server}/{way}"])
    assert found.reason == "unreachable" and detail in found.detail


def test_addresses_of_this_network_are_refused_before_a_byte_is_sent(listed: Path, server: str) -> None:
    asked.clear()
    port = server.rpartition(":")[2]
    careful = replace(FETCH, private_addresses=False)
    found = files(urls(listed, [f"{server}/good", f"http://localhost:{port}/moved"], careful))
    assert {file.reason for file in found.values()} == {"unreachable"}
    assert all("of a private network" in file.detail for file in found.values())
    assert not asked


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/a", "ftp://example.org/a", "no address", "http://[/a", ""])
def test_what_cannot_be_asked_is_unreachable(listed: Path, address: str) -> None:
    found = list(urls(listed, [address or '""']).ask([address]))
    assert [file.reason for file in found] == ["unreachable"]


@pytest.mark.parametrize(
    ("header", "forbids"),
    [
        ("noai", True),
        ("NoIndex, NoImageAI", True),
        ("selfie2anime: noai", True),
        ("otherbot: noindex, noai", False),
        ("otherbot: noindex, selfie2anime: noai", True),
        ("unavailable_after: 25 Jun 2030 15:00:00 PST, noai", True),
        ("noindex, nofollow", False),
        ("", False),
    ],
)
def test_an_opt_out_counts_for_everybody_or_for_us(header: str, forbids: bool) -> None:
    assert fetching.opted_out(header) is forbids


def test_a_list_carries_records(listed: Path) -> None:
    listed.write_text("url,licence\nhttp://a.example/1,CC0-1.0\n")
    assert Urls(Source("urls", str(listed)), LIMIT, FETCH).records.of("http://a.example/1").licence == "CC0-1.0"


@pytest.mark.parametrize(
    ("text", "said"), [("link\nx\n", "the column link is unknown"), ("licence\nx\n", "the column url is missing")]
)
def test_a_list_without_addresses_is_an_error(listed: Path, text: str, said: str) -> None:
    listed.write_text(text)
    with pytest.raises(UserError, match=said):
        Urls(Source("urls", str(listed)), LIMIT, FETCH)


def test_a_setting_that_cannot_be_is_named() -> None:
    with pytest.raises(UserError, match=r"ingest.fetch.tries is 0; it must be above 0"):
        Fetch(tries=0)


def test_a_redirect_that_sends_without_end_is_followed_at_once(listed: Path, server: str) -> None:
    assert [file.data for file in files(urls(listed, [server + "/endless-way"])).values()] == [b"picture"]
    assert left["/endless-way"].wait(60), "what it sends beside the way is not read to its end"
