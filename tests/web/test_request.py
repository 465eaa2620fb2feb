import pytest

from tasks.web import request


@pytest.mark.parametrize(
    ("host", "bound", "enters"),
    [
        ("127.0.0.1:8765", "127.0.0.1", True),
        ("localhost:8765", "127.0.0.1", True),
        ("LOCALHOST", "127.0.0.1", True),
        ("[::1]:8765", "::1", True),
        ("evil.example:8765", "127.0.0.1", False),
        ("127.0.0.1.evil.example", "127.0.0.1", False),
        ("localhost.evil.example", "127.0.0.1", False),
        ("192.168.1.7:8765", "127.0.0.1", False),
        ("127.0.0.2:8765", "127.0.0.2", True),
        ("", "127.0.0.1", False),
        ("[x", "127.0.0.1", False),
        ("127.0.0.1,evil.example", "127.0.0.1", False),
    ],
)
def test_a_page_answers_to_its_own_names_only(host: str, bound: str, enters: bool) -> None:
    assert (request.host_fault({"host": host}, bound) is None) is enters


@pytest.mark.parametrize(
    ("told", "enters"),
    [
        ({}, True),
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "same-site", "origin": "http://127.0.0.1:1"}, False),
        ({"origin": "http://127.0.0.1:1"}, True),
        ({"origin": "http://127.0.0.1:2"}, False),
        ({"origin": "https://evil.example"}, False),
        ({"origin": "null"}, False),
        ({"origin": ""}, False),
        ({"origin": "http://[x"}, False),
    ],
)
def test_only_the_page_itself_writes(told: dict[str, str], enters: bool) -> None:
    assert (request.origin_fault({"host": "127.0.0.1:1"} | told) is None) is enters


@pytest.mark.parametrize(
    ("headers", "query", "token"),
    [
        ({}, b"", ""),
        ({"authorization": "Bearer abc"}, b"", "abc"),
        ({"authorization": "Basic abc"}, b"", ""),
        ({"cookie": "other=1; s=abc"}, b"", "abc"),
        ({"cookie": "s"}, b"token=def", "def"),
        ({"cookie": 'other={"a": 1}; bad name=2; s=abc; más=3'}, b"", "abc"),
        ({"cookie": 's="abc"'}, b"", "abc"),
        ({}, b"a=1&token=def", "def"),
    ],
)
def test_a_token_comes_as_a_bearers_in_the_cookie_or_in_the_address(
    headers: dict[str, str], query: bytes, token: str
) -> None:
    assert request.token_given(headers, query, "s") == token


def test_a_header_sent_twice_counts_as_both() -> None:
    twice = [(b"Host", b"127.0.0.1"), (b"host", b"evil.example")]
    assert request.headers_of(twice) == {"host": "127.0.0.1,evil.example"}
